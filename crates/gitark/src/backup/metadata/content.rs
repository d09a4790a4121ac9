//! The bytes of a file: JSON as GitHub sent it, always printed the same way.

use serde_json::Value;
use url::Url;

/// What stands for a secret.
const MASK: &str = "(masked)";
/// Fields that hold a secret which is made anew for each answer.
const SECRET_FIELDS: [&str; 1] = ["temp_clone_token"];
/// Parameters of addresses that give access for a while.
const SECRET_PARAMETERS: [&str; 7] =
    ["token", "jwt", "sig", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Date"];

/// The content of the file of `value`: all fields in GitHub's order, two spaces deep, and nothing that gives access.
pub(crate) fn content(mut value: Value) -> Vec<u8> {
    mask(&mut value);
    // A value that was read from JSON can be written as JSON.
    let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                if SECRET_FIELDS.contains(&field.as_str()) && value.is_string() {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        // What people wrote stays as they wrote it: only a text that is nothing but an address is looked at.
        Value::String(text) if text.starts_with("https://") && text.contains('?') => {
            if let Some(masked) = masked_address(text) {
                *text = masked;
            }
        }
        _ => {}
    }
}

/// The address without what gives access; none when there is nothing of that.
fn masked_address(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    let is_secret = |name: &str| SECRET_PARAMETERS.iter().any(|secret| secret.eq_ignore_ascii_case(name));
    if !url.query_pairs().any(|(name, _)| is_secret(&name)) {
        return None;
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (name, value) in pairs {
        let value = if is_secret(&name) { MASK } else { &value };
        query.append_pair(&name, value);
    }
    drop(query);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: Value) -> String {
        String::from_utf8(content(value)).expect("JSON")
    }

    #[test]
    fn unknown_fields_and_their_order_stay() {
        let sent = r#"{"z": 1, "a": [true, null, 1.5], "new_field": {"b": "é", "a": ""}}"#;
        let value: Value = serde_json::from_str(sent).expect("JSON");
        assert_eq!(
            text(value),
            "{\n  \"z\": 1,\n  \"a\": [\n    true,\n    null,\n    1.5\n  ],\n  \"new_field\": {\n    \"b\": \"é\",\n    \"a\": \"\"\n  }\n}\n"
        );
    }

    #[test]
    fn secrets_are_masked_and_what_people_wrote_is_not() {
        let masked = text(json!({
            "temp_clone_token": "ABCD",
            "download_url": "https://raw.example/a/b?token=SECRET&x=1",
            "body": "see https://example/?token=mine",
        }));
        assert!(!masked.contains("ABCD") && !masked.contains("SECRET"), "{masked}");
        assert!(masked.contains("x=1") && masked.contains("?token=mine"), "{masked}");
    }
}
