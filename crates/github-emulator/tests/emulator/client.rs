//! A git client and an HTTP/1.1 client which shows what really came over the wire.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How an answer's body came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// As announced.
    Whole,
    /// Before what was announced.
    Cut,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The names in a listing.
    pub(crate) fn names(&self) -> Vec<String> {
        let json = self.json();
        json.as_array().unwrap().iter().map(|item| item["full_name"].as_str().unwrap().to_owned()).collect()
    }

    fn parse(bytes: &[u8]) -> Answer {
        let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut answer = Answer {
            status: status.parse().unwrap(),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: bytes[split + 4..].to_vec(),
            end: End::Whole,
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            (answer.body, answer.end) = join_chunks(&answer.body);
        } else if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().unwrap();
            if answer.body.len() != length {
                answer.end = End::Cut;
            }
        }
        answer
    }
}

fn join_chunks(mut rest: &[u8]) -> (Vec<u8>, End) {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (body, End::Whole);
        }
        rest = &rest[line + 2..];
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    (body, End::Cut)
}

/// Sends a request without more headers than given.
pub(crate) async fn send(url: &str, method: &str, headers: &[&str], body: &[u8]) -> TcpStream {
    let address = url.strip_prefix("http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).await.unwrap();
    let mut head =
        format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body).await.unwrap();
    connection
}

/// The answer on a connection until it ends, in whichever way.
pub(crate) async fn receive(mut connection: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // What came before a reset counts.
    let _ = connection.read_to_end(&mut bytes).await;
    Answer::parse(&bytes)
}

/// A request and its answer.
pub(crate) async fn exchange(url: &str, method: &str, headers: &[&str], body: &[u8]) -> Answer {
    receive(send(url, method, headers, body).await).await
}

/// A `GET` request with a user agent and perhaps more headers.
pub(crate) async fn get(url: &str, headers: &[&str]) -> Answer {
    let headers = [&["User-Agent: test"], headers].concat();
    exchange(url, "GET", &headers, b"").await
}

/// Runs git with a clean environment in a directory.
pub(crate) fn git_output(directory: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .args(args)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap()
}

/// Runs git, which must succeed: its trimmed output.
pub(crate) fn git(directory: &Path, args: &[&str]) -> String {
    let output = git_output(directory, args);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs git, which must fail: its error.
pub(crate) fn git_error(directory: &Path, args: &[&str]) -> String {
    let output = git_output(directory, args);
    assert!(!output.status.success(), "git {args:?} succeeded");
    String::from_utf8(output.stderr).unwrap()
}

/// A GraphQL query with the token `secret`, and its answer.
pub(crate) async fn query(url: &str, text: &str, variables: Value) -> Answer {
    query_as("secret", url, text, variables).await
}

/// The same with another token.
pub(crate) async fn query_as(token: &str, url: &str, text: &str, variables: Value) -> Answer {
    let body = serde_json::json!({ "query": text, "variables": variables }).to_string();
    let headers = ["User-Agent: test", &format!("Authorization: bearer {token}")];
    exchange(&format!("{url}/graphql"), "POST", &headers, body.as_bytes()).await
}
