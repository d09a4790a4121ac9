//! How a bucket of S3 is set up: requests that are no verbs of a vault, and that `object_store` does not know.
//!
//! It has all that they need: what signs its own requests signs these too, and its client sends them.

use object_store::{
    ClientOptions,
    aws::{AwsAuthorizer, AwsCredentialProvider},
    client::{HttpConnector as _, HttpRequest, HttpRequestBody, ReqwestConnector},
};

/// A bucket that can be asked how it is set up.
#[derive(Debug)]
pub(in crate::vault) struct Bucket {
    /// The URL of the bucket itself.
    pub(super) address: String,
    /// What the vault's keys begin with.
    pub(super) prefix: String,
    pub(super) region: String,
    pub(super) credentials: AwsCredentialProvider,
    pub(super) client: ClientOptions,
}

/// What S3 answered.
pub(in crate::vault) struct Answer {
    pub(in crate::vault) status: u16,
    /// XML, as a rule.
    pub(in crate::vault) body: String,
}

/// Answers are a few lines; a longer one is none.
const MAXIMUM_ANSWER_BYTES: usize = 1 << 20;

impl Bucket {
    /// What the vault's keys begin with; empty when it has the bucket for itself.
    pub(in crate::vault) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Asks for what `subresource` (`versioning`, `encryption` …) names.
    ///
    /// # Errors
    /// What failed, in words; a refusal is an answer.
    pub(in crate::vault) async fn ask(
        &self,
        subresource: &str,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let credential = self.credentials.get_credential().await?;
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = format!("{}/?{subresource}", self.address).parse()?;
        AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(&mut request, None)?;
        let response = ReqwestConnector::default().connect(&self.client)?.execute(request).await?;
        let status = response.status().as_u16();
        let bytes = response.into_body().bytes().await?;
        let body = String::from_utf8_lossy(&bytes[..bytes.len().min(MAXIMUM_ANSWER_BYTES)]).into_owned();
        Ok(Answer { status, body })
    }
}
