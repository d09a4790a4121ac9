//! A server that says what a test wants, byte by byte, and remembers every byte that it was sent.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use flate2::{Compression, write::GzEncoder};

/// The head and the body of a request, as they came.
#[derive(Clone, Debug)]
pub(crate) struct Heard(pub(crate) String, pub(crate) Vec<u8>);

impl Heard {
    /// Path and query.
    pub(crate) fn target(&self) -> &str {
        self.0.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> &str {
        let fields = self.0.lines().filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next()
            .unwrap_or_default()
    }

    /// The body, null where it is no JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.1).unwrap_or_default()
    }

    /// Whether it carries credentials of any kind.
    pub(crate) fn has_credentials(&self) -> bool {
        self.0.lines().any(|line| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            name == "authorization" || name == "proxy-authorization" || name == "cookie"
        })
    }
}

/// The server, for as long as the test process lives.
#[derive(Clone)]
pub(crate) struct Liar {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Liar {
    /// A server that lets `answer` write what it wants behind each request, one to a connection.
    pub(crate) fn start(answer: impl Fn(&Heard, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let (answer, all) = (Arc::new(answer), heard.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, all) = (answer.clone(), all.clone());
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(request) = read(&mut stream) else { return };
                    all.lock().unwrap().push(request.clone());
                    answer(&request, &mut stream);
                });
            }
        });
        Self { url, heard }
    }

    /// A server that gives the same answer to all.
    pub(crate) fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        // Who hangs up in the middle has heard enough.
        Self::start(move |_, stream| drop(stream.write_all(&answer)))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests since the last time.
    pub(crate) fn take_heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).ok()?;
    Some(Heard(head, body))
}

/// An answer with these header lines and this body.
pub(crate) fn answer(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for line in headers {
        bytes.push_str(&format!("{line}\r\n"));
    }
    [format!("{bytes}\r\n").as_bytes(), body].concat()
}

/// `bytes`, so many times, compressed.
pub(crate) fn gzip(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..times {
        encoder.write_all(bytes).unwrap();
    }
    encoder.finish().unwrap()
}
