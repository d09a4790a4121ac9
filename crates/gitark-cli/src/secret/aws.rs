//! Secrets that AWS keeps.

use aws_config::{Region, SdkConfig};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;

use crate::place::aws_config;

/// What `name` holds in Secrets Manager.
pub(super) async fn secret(name: &str) -> Result<String, String> {
    let (config, region) = config_for(name).await?;
    let client = aws_sdk_secretsmanager::Client::new(&config);
    let answer = client.get_secret_value().secret_id(name).send().await;
    let answer = answer.map_err(|error| {
        let what = Asked { what: "secret", name, region: &region, action: "secretsmanager:GetSecretValue" };
        what.refused(error.code(), error.message(), &error)
    })?;
    answer.secret_string.ok_or_else(|| format!("the secret {name} is no text; store it as a secret string"))
}

/// What the parameter `name` holds in Parameter Store, decrypted.
pub(super) async fn parameter(name: &str) -> Result<String, String> {
    let (config, region) = config_for(name).await?;
    let client = aws_sdk_ssm::Client::new(&config);
    let answer = client.get_parameter().name(name).with_decryption(true).send().await;
    let answer = answer.map_err(|error| {
        let what = Asked { what: "parameter", name, region: &region, action: "ssm:GetParameter" };
        what.refused(error.code(), error.message(), &error)
    })?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value.ok_or_else(|| format!("the parameter {name} has no value"))
}

/// The settings of the AWS tools, and the region to ask: that of an ARN, else the one that is set.
async fn config_for(name: &str) -> Result<(SdkConfig, String), String> {
    // A server of one's own seldom cares, but the signature names one.
    let has_endpoint = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_SSM"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|url| !url.is_empty()));
    let config = aws_config(None, has_endpoint.then_some("us-east-1")).await;
    let of_arn = name.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2)).filter(|region| !region.is_empty());
    let region = of_arn.map(str::to_owned).or_else(|| config.region().map(ToString::to_string));
    let region = region.ok_or_else(|| format!("no region is known to read {name} from; set AWS_REGION"))?;
    let config = config.into_builder().region(Region::new(region.clone())).build();
    Ok((config, region))
}

/// What was asked for.
struct Asked<'a> {
    what: &'static str,
    name: &'a str,
    region: &'a str,
    action: &'static str,
}

impl Asked<'_> {
    /// A refusal in words, and what to do.
    fn refused(&self, code: Option<&str>, message: Option<&str>, error: &(dyn std::error::Error + 'static)) -> String {
        let Self { what, name, region, action } = self;
        let message = message.unwrap_or_default();
        match code {
            Some("ResourceNotFoundException" | "ParameterNotFound") => {
                format!("there is no {what} {name} in {region}; check its name and the region")
            }
            Some(code @ ("AccessDeniedException" | "AccessDenied")) => {
                format!("the {what} {name} may not be read ({code}); allow {action} on it, and kms:Decrypt on its key")
            }
            Some(code) => format!("the {what} {name} cannot be read: AWS answers {code}, {message}"),
            None => format!("the {what} {name} cannot be read: {}", gitark::cause::chain(error)),
        }
    }
}
