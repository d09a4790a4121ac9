//! Settings and credentials as the AWS tools take them: environment, profile with SSO, web identity, container,
//! instance.
//!
//! Source: <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    environment::EnvironmentVariableRegionProvider,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use object_store::{CredentialProvider, aws::AwsCredential};
use tokio::sync::Mutex;

/// Credentials are asked for again so long before they end: a request may take a while.
const BEFORE_THE_END: Duration = Duration::from_secs(5 * 60);

/// What the environment and the profile say. Without a region there, `default_region` is taken if given, else the
/// machine is asked (EC2's metadata service). A profile that is named gives the credentials, whatever the environment
/// says, as with `aws --profile`.
pub(crate) async fn config(profile: Option<&str>, default_region: Option<&'static str>) -> SdkConfig {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let client = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
    let mut of_profile = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        of_profile = of_profile.profile_name(profile);
    }
    let environment = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new());
    let known = environment.or_else(of_profile.build());
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(client.clone());
    if let Some(profile) = profile {
        let region = known.region().await.or(default_region.map(Region::from_static));
        let provider = ProviderConfig::without_region().with_http_client(client).with_region(region);
        let credentials = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    if let Some(region) = default_region {
        loader = loader.region(known.or_else(region));
    }
    loader.load().await
}

/// The server that the environment names for S3: the setting for S3 alone before the one for all services.
pub(super) fn s3_endpoint() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
    set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL"))
}

/// Credentials of the AWS tools for `object_store`, which knows no profiles.
#[derive(Debug)]
pub(super) struct Credentials {
    provider: SharedCredentialsProvider,
    profile: Option<String>,
    /// The last ones, and when they end.
    last: Mutex<Option<(Arc<AwsCredential>, Option<SystemTime>)>>,
}

impl Credentials {
    pub(super) fn of(config: &SdkConfig, profile: Option<&str>) -> Option<Self> {
        let provider = config.credentials_provider()?;
        Some(Self { provider, profile: profile.map(str::to_owned), last: Mutex::default() })
    }

    /// The last ones, or new ones when those end soon; else what is wrong, for the user.
    pub(super) async fn get(&self) -> Result<Arc<AwsCredential>, String> {
        let mut last = self.last.lock().await;
        if let Some((credential, end)) = &*last
            && end.is_none_or(|end| SystemTime::now() + BEFORE_THE_END < end)
        {
            return Ok(credential.clone());
        }
        let found = self.provider.provide_credentials().await.map_err(|error| {
            let cause = match &error {
                // It tells of each place where it looked, at length.
                CredentialsError::CredentialsNotLoaded(_) if self.profile.is_none() => String::new(),
                error => format!(" ({})", gitark::cause::chain(error)),
            };
            match &self.profile {
                Some(profile) => format!("the AWS profile {profile} gives no credentials; check its name{cause}"),
                None => format!(
                    "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE{cause}"
                ),
            }
        })?;
        let credential = Arc::new(AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        });
        *last = Some((credential.clone(), found.expiry()));
        Ok(credential)
    }
}

#[async_trait::async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let unauthenticated = |problem: String| object_store::Error::Unauthenticated {
            path: "AWS credentials".into(),
            source: problem.into(),
        };
        self.get().await.map_err(unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn i11_debug_output_of_credentials_shows_no_secret() {
        let secrets = ["TheSecretKeyOfThisTest0123456789", "TheSessionTokenOfThisTest0123456789"];
        let given = aws_credential_types::Credentials::new(
            "AKIATEST",
            secrets[0],
            Some(secrets[1].to_owned()),
            Some(SystemTime::now() + Duration::from_secs(3600)),
            "a test",
        );
        let provider = SharedCredentialsProvider::new(given);
        let config = SdkConfig::builder().credentials_provider(provider).behavior_version(BehaviorVersion::latest());
        let config = config.build();
        let credentials = Credentials::of(&config, None).expect("a provider");
        let credential = credentials.get().await.expect("credentials");
        assert_eq!(credential.secret_key, secrets[0]);
        for text in [
            format!("{config:?} {config:#?}"),
            format!("{credentials:?} {credentials:#?}"),
            format!("{credential:?} {credential:#?}"),
        ] {
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
        }
    }
}
