//! `POST …/info/lfs/objects/batch`.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{DOWNLOAD_PATH, Lfs, LfsQuota, LfsScript};

/// The type of requests and answers.
const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";
/// GitHub's words.
const QUOTA: &str = "This repository is over its data quota. Account responsible for LFS bandwidth should purchase more \
                     data packs to restore access.";
/// How long a link is valid, in seconds.
const EXPIRES_IN: i64 = 3600;

/// Answers a batch request for the repository with this id. `origin` is where links lead to.
pub(crate) fn answer(lfs: &mut Lfs, repository: u64, headers: &HeaderMap, body: &[u8], origin: &str) -> Response {
    let says = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !says(header::ACCEPT).starts_with(MEDIA_TYPE) {
        return message(StatusCode::NOT_ACCEPTABLE, "The Accept header is not right.");
    }
    if !says(header::CONTENT_TYPE).starts_with(MEDIA_TYPE) {
        return message(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The Content-Type header is not right.");
    }
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return message(StatusCode::UNPROCESSABLE_ENTITY, "That is no JSON.");
    };
    if request["operation"] != "download" {
        return message(StatusCode::FORBIDDEN, "Write access to repository not granted.");
    }
    let basic = request["transfers"].as_array().is_none_or(|known| known.iter().any(|transfer| transfer == "basic"));
    let Some(objects) = request["objects"].as_array().filter(|_| basic) else {
        return message(StatusCode::UNPROCESSABLE_ENTITY, "There are no objects, or no transfer which is known.");
    };
    if lfs.batch_limit.is_some_and(|limit| objects.len() > limit) {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Too many objects.");
    }
    let quota = lfs.objects(repository).quota;
    match quota {
        Some(LfsQuota::Forbidden) => return message(StatusCode::FORBIDDEN, QUOTA),
        Some(LfsQuota::TooMany) => return message(StatusCode::TOO_MANY_REQUESTS, QUOTA),
        Some(LfsQuota::Bandwidth) => {
            let status = StatusCode::from_u16(509).expect("a status");
            return message(status, "Bandwidth limit exceeded");
        }
        Some(LfsQuota::PerObject) | None => {}
    }
    let answers: Vec<Value> = objects
        .iter()
        .filter_map(|asked| match quota {
            Some(_) => Some(json!({ "oid": asked["oid"], "size": asked["size"], "error": error(403, QUOTA) })),
            None => object(lfs, repository, asked, origin),
        })
        .collect();
    json_answer(StatusCode::OK, &json!({ "transfer": "basic", "objects": answers, "hash_algo": "sha256" }))
}

/// What is said of one object.
fn object(lfs: &mut Lfs, repository: u64, asked: &Value, origin: &str) -> Option<Value> {
    let (oid, size) = (asked["oid"].as_str().unwrap_or_default(), &asked["size"]);
    let known = |problem| Some(json!({ "oid": oid, "size": size, "error": problem }));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if oid.len() != 64 || !oid.bytes().all(is_hex) || size.as_u64().is_none() {
        return known(error(422, "Validation error"));
    }
    let Some(found) = lfs.object(repository, oid) else {
        return known(error(404, "Object does not exist on the server or you don't have permissions to access it"));
    };
    let mut answer = json!({ "oid": oid, "size": size, "authenticated": true });
    let (mut href, mut expires_in, mut expires_at, mut valid) = (None, Some(EXPIRES_IN), None, true);
    let mut headers = Map::new();
    let mut with_action = true;
    for script in &mut found.scripts {
        match script {
            LfsScript::Error { code, message } => return known(error(*code, message)),
            LfsScript::LeftOut => return None,
            LfsScript::WithoutAction => with_action = false,
            LfsScript::WrongSize(size) => answer["size"] = (*size).into(),
            LfsScript::Href(other) => href = Some(other.clone()),
            LfsScript::Header(name, value) => drop(headers.insert(name.clone(), value.clone().into())),
            LfsScript::ExpiresIn(seconds) => expires_in = Some(*seconds),
            LfsScript::ExpiresAt(time) => (expires_in, expires_at) = (None, Some(time.clone())),
            LfsScript::ExpiredLinks { times: 0, .. } => {}
            LfsScript::ExpiredLinks { times, told } => {
                *times -= 1;
                valid = false;
                if *told {
                    expires_in = Some(-1);
                }
            }
            LfsScript::WrongBytes(_) | LfsScript::RedirectTo { .. } | LfsScript::IgnoresRange => {}
        }
    }
    let has_content = found.content.is_some();
    let link = lfs.link(valid);
    if !with_action {
        return Some(answer);
    }
    if !has_content && href.is_none() {
        return known(error(404, "Object does not exist on the server or you don't have permissions to access it"));
    }
    let href = href.unwrap_or_else(|| format!("{origin}{DOWNLOAD_PATH}{repository}/{oid}/{link}"));
    headers.insert("Authorization".into(), format!("RemoteAuth {}", secret(link)).into());
    let mut action = json!({ "href": href, "header": headers });
    if let Some(seconds) = expires_in {
        action["expires_in"] = seconds.into();
    }
    if let Some(time) = expires_at {
        action["expires_at"] = time.into();
    }
    answer["actions"] = json!({ "download": action });
    Some(answer)
}

/// What a link needs in its header.
pub(super) fn secret(link: u64) -> String {
    format!("lfs-link-{link}")
}

fn error(code: u16, message: &str) -> Value {
    json!({ "code": code, "message": message })
}

fn message(status: StatusCode, message: &str) -> Response {
    let documentation = "https://docs.github.com/repositories/working-with-files/managing-large-files";
    json_answer(status, &json!({ "message": message, "documentation_url": documentation }))
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/vnd.git-lfs+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
