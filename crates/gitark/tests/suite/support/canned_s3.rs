//! An S3 endpoint that answers what a test wants, however wrong, and remembers what it was asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use gitark::vault::{Storage, storage::S3};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// What stands behind the `?`.
    pub(crate) query: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether it uploads a part.
    pub(crate) fn is_part(&self) -> bool {
        self.query.contains("partNumber=")
    }

    /// Whether it ends an upload in parts.
    pub(crate) fn is_completion(&self) -> bool {
        self.method == "POST" && self.query.starts_with("uploadId=")
    }
}

/// What the server does.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    ending: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Whole,
    /// After so many bytes of the body the connection is closed as if all were said.
    CloseAfter(usize),
    /// After so many bytes of the body the connection is reset.
    ResetAfter(usize),
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), ending: Ending::Whole }
    }

    /// An error as S3 tells it.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::new(status, error_body(code))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn closed_after(self, bytes: usize) -> Self {
        Self { ending: Ending::CloseAfter(bytes), ..self }
    }

    pub(crate) fn reset_after(self, bytes: usize) -> Self {
        Self { ending: Ending::ResetAfter(bytes), ..self }
    }
}

/// The document in which S3 tells an error.
pub(crate) fn error_body(code: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>Words about {code}</Message><RequestId>1</RequestId></Error>"
    )
}

/// What a server without any object answers, that takes whatever is put.
pub(crate) fn empty_bucket(asked: &Asked) -> Answer {
    match asked.method.as_str() {
        "POST" if asked.query.contains("uploads=") => {
            Answer::new(200, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        }
        "POST" => Answer::new(200, "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"),
        "PUT" => Answer::new(200, "").with("ETag", "\"e\""),
        "DELETE" => Answer::new(204, ""),
        "HEAD" => Answer::new(404, ""),
        _ if asked.query.contains("list-type") => {
            Answer::new(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        }
        _ => Answer::error(404, "NoSuchKey"),
    }
}

type Handler = Arc<dyn Fn(Asked) -> BoxFuture<'static, Answer> + Send + Sync>;

/// A running server; it ends with the value.
pub(crate) struct CannedS3 {
    endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl CannedS3 {
    /// Answers what `handler` says.
    pub(crate) async fn start(handler: impl Fn(Asked) -> BoxFuture<'static, Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::default());
        let (handler, seen): (Handler, _) = (Arc::new(handler), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, handler.clone(), Arc::clone(&seen)));
            }
        });
        Self { endpoint, asked, task }
    }

    /// Answers what `handler` says, at once.
    pub(crate) async fn answering(handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(move |asked| Box::pin(std::future::ready(handler(&asked)))).await
    }

    /// Answers the first requests with these, and later ones like an empty bucket.
    pub(crate) async fn in_turn(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Mutex::new(answers.into_iter().collect::<std::collections::VecDeque<_>>());
        Self::answering(move |asked| answers.lock().unwrap().pop_front().unwrap_or_else(|| empty_bucket(asked))).await
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Settings for a vault on this server; each failure that may pass is tried again once.
    pub(crate) fn settings(&self) -> S3 {
        S3 {
            location: "s3://canned/vault".into(),
            bucket: "canned".into(),
            prefix: "vault".into(),
            region: "eu-central-1".into(),
            endpoint: Some(self.endpoint.clone()),
            path_style: true,
            encryption: None,
            storage_class: None,
            credentials: super::ground::credentials("key", "secret"),
            retries: 1,
        }
    }

    pub(crate) fn storage(&self) -> Storage {
        Storage::s3(self.settings()).expect("a store")
    }
}

impl Drop for CannedS3 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, handler: Handler, seen: Arc<Mutex<Vec<Asked>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream).await? {
        seen.lock().unwrap().push(Asked { body: Vec::new(), ..asked.clone() });
        let is_head = asked.method == "HEAD";
        let answer = handler(asked).await;
        let mut head = format!("HTTP/1.1 {} Canned\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if answer.status != 204 {
            head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await?;
        let sent = match answer.ending {
            Ending::Whole => answer.body.len(),
            Ending::CloseAfter(bytes) | Ending::ResetAfter(bytes) => bytes,
        };
        if !is_head {
            stream.write_all(&answer.body[..sent]).await?;
        }
        stream.flush().await?;
        match answer.ending {
            Ending::Whole => {}
            Ending::CloseAfter(_) => return stream.shutdown().await,
            Ending::ResetAfter(_) => return stream.get_ref().set_zero_linger(),
        }
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked { method: method.into(), path: path.into(), query: query.into(), ..Asked::default() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = asked.header("content-length").map_or(0, |length| length.parse().expect("a number"));
    asked.body = vec![0; length];
    stream.read_exact(&mut asked.body).await?;
    Ok(Some(asked))
}
