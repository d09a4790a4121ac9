//! A link to the execution of a state machine.

use serde_json::Value;

use crate::arguments::Notifications;

/// Has messages lead to the execution that the input names, if it names one.
pub(super) fn lead_to(notifications: &mut Notifications, input: &Value) {
    if let Some(page) = link(input) {
        notifications.execution_url = Some(page);
    }
}

/// The page of the execution that the input names in `execution`, if it names one.
fn link(input: &Value) -> Option<String> {
    let arn = input.get("execution")?.as_str()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":-_".contains(&byte);
    let mut parts = arn.split(':');
    let (Some("arn"), Some(partition), Some("states"), Some(region)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let host = match partition {
        "aws" => format!("{region}.console.aws.amazon.com"),
        "aws-cn" => format!("{region}.console.amazonaws.cn"),
        "aws-us-gov" => format!("{region}.console.amazonaws-us-gov.com"),
        _ => return None,
    };
    let url = format!("https://{host}/states/home?region={region}#/v2/executions/details/{arn}");
    arn.bytes().all(is_plain).then_some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_execution_has_a_page() {
        let arn = "arn:aws:states:ap-northeast-1:123456789012:execution:BatchWorker:a-b_c";
        let page = format!(
            "https://ap-northeast-1.console.aws.amazon.com/states/home?region=ap-northeast-1#/v2/executions/details/{arn}"
        );
        assert_eq!(link(&json!({"execution": arn})), Some(page));
        for other in [json!({}), json!(null), json!({"execution": "arn:aws:s3:::x"}), json!({"execution": "a<b>"})] {
            assert_eq!(link(&other), None, "{other}");
        }
        assert_eq!(link(&json!({"execution": format!("{arn}|<x>")})), None);
    }
}
