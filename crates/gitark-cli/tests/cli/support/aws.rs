//! AWS Secrets Manager and Parameter Store, as far as gitark asks them.

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::Command,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{Liar, answer};

/// The services, for as long as the test process lives.
#[derive(Clone)]
pub(crate) struct Aws {
    server: Liar,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
    /// What all requests are answered with, so many times.
    refusal: Option<(String, usize)>,
}

impl Aws {
    pub(crate) fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let asked = state.clone();
        let server = Liar::start(move |request, stream| {
            let (status, body) = asked.lock().unwrap().answer(request.header("x-amz-target"), &request.json());
            let body = body.to_string();
            drop(stream.write_all(&answer(status, &["Content-Type: application/x-amz-json-1.1"], body.as_bytes())));
        });
        Self { server, state }
    }

    /// Keeps a secret in Secrets Manager.
    pub(crate) fn secret(&self, name: &str, text: impl ToString) {
        self.state.lock().unwrap().secrets.insert(name.into(), text.to_string());
    }

    /// Keeps a SecureString in Parameter Store.
    pub(crate) fn parameter(&self, name: &str, text: &str) {
        self.state.lock().unwrap().parameters.insert(name.into(), text.into());
    }

    /// Refuses requests with this error, so many times.
    pub(crate) fn refuse(&self, error: &str, times: usize) {
        self.state.lock().unwrap().refusal = Some((error.into(), times));
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.server.take_heard().len()
    }

    /// Lets a command use it.
    pub(crate) fn lend<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs([
            ("AWS_ENDPOINT_URL", self.server.url()),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
    }
}

impl State {
    fn answer(&mut self, target: &str, body: &Value) -> (u16, Value) {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        if let Some((error, times)) = &mut self.refusal
            && *times > 0
        {
            *times -= 1;
            return (400, json!({"__type": error, "message": "no"}));
        }
        let not_there = |error: &str| (400, json!({"__type": error, "message": "not there"}));
        match target {
            "secretsmanager.GetSecretValue" => match self.secrets.get(text("SecretId")) {
                Some(secret) => (200, json!({"Name": text("SecretId"), "SecretString": secret})),
                None => not_there("ResourceNotFoundException"),
            },
            "AmazonSSM.GetParameter" if body["WithDecryption"] == true => match self.parameters.get(text("Name")) {
                Some(value) => (200, json!({"Parameter": {"Name": text("Name"), "Value": value}})),
                None => not_there("ParameterNotFound"),
            },
            _ => not_there("UnknownOperationException"),
        }
    }
}
