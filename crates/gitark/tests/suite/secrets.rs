//! What public types say of themselves in debug output.

use std::time::Duration;

use gitark::{
    github::{App, Credential, GitHub, Options},
    http::{self, Token, TokenSource},
};
use github_emulator::EXAMPLE_PRIVATE_KEY;

const SECRET: &str = "ghp_TheSecretOfThisTest0123456789abcdef";

#[tokio::test]
async fn i11_debug_output_shows_no_secret() {
    let client = || http::client(Duration::from_secs(1), b"").expect("a client");
    let token = || Token::new(SECRET);
    let app = App::new("77", EXAMPLE_PRIVATE_KEY.as_bytes()).expect("a key");
    let api = "https://api.github.com";
    let github = GitHub::new(client(), api, Some(token()), Options::default()).expect("a client");
    let several = vec![Credential::Token(token()), Credential::Token(token())];
    let connected = GitHub::connect(client(), api, several.clone(), Options::default()).await.expect("a client");
    let repository = gitark::github::Repository::new(1, "octocat/hello");
    let source: Box<dyn TokenSource> = Box::new(Some(token()));
    // An address that holds a secret by mistake.
    let wrong = format!("https://octocat:{SECRET}@api.github.com");
    let refused = GitHub::new(client(), &wrong, None, Options::default()).expect_err("no address");
    let shown = [
        format!("{:?} {:#?}", token(), token()),
        format!("{app:?} {app:#?}"),
        format!("{several:?} {several:#?}"),
        format!("{:?}", Credential::App { app: app.clone(), installations: vec![] }),
        format!("{github:?} {github:#?} {connected:?}"),
        format!("{:?}", github.remote(&repository, "")),
        format!("{source:?}"),
        format!("{refused:?} {refused}"),
    ];
    let key = EXAMPLE_PRIVATE_KEY.lines().filter(|line| line.len() > 40);
    let secrets: Vec<&str> = key.chain([SECRET]).collect();
    for text in shown {
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
}
