//! Addresses of files that people dropped into texts.
//!
//! GitHub's editor puts the address of what was uploaded into the text, and nothing else knows of it. Only addresses of
//! this GitHub are taken: what stands in a text is anyone's, and a backup asks nobody for it.

use serde_json::Value;
use url::Url;

/// Fields whose text people write.
const TEXTS: [&str; 2] = ["body", "description"];
/// Hosts of github.com that have images of older texts, and nothing else.
const IMAGE_HOSTS: [&str; 2] = ["user-images.githubusercontent.com", "private-user-images.githubusercontent.com"];
/// Attachments of one text, at most.
const MOST_OF_A_TEXT: usize = 1000;
/// The longest address.
const LONGEST: usize = 1000;

/// Where attachments of one GitHub are.
#[derive(Clone, Debug)]
pub(crate) struct Attachments {
    web: Url,
}

impl Attachments {
    /// Those of the GitHub whose pages are at `web`.
    pub(crate) fn of(web: &Url) -> Self {
        Self { web: web.clone() }
    }

    /// The addresses in what people wrote in `document`, each once.
    pub(crate) fn in_document(&self, document: &Value) -> Vec<Url> {
        let mut found = Vec::new();
        self.look(document, false, &mut found);
        found
    }

    fn look(&self, value: &Value, is_text: bool, found: &mut Vec<Url>) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    self.look(value, TEXTS.contains(&field.as_str()), found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.look(item, false, found)),
            Value::String(text) if is_text => self.in_text(text, found),
            _ => {}
        }
    }

    fn in_text(&self, text: &str, found: &mut Vec<Url>) {
        let before = found.len();
        for (at, _) in text.match_indices("://") {
            let scheme = ["https", "http"].into_iter().find(|scheme| text[..at].ends_with(scheme));
            let Some(scheme) = scheme else { continue };
            let rest = &text[at - scheme.len()..];
            let is_end = |c: char| c.is_whitespace() || c.is_control() || "()[]{}<>\"'`|\\^".contains(c);
            let address = &rest[..rest.find(is_end).unwrap_or(rest.len())];
            let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '~']);
            if let Some(url) = self.attachment(address)
                && !found.contains(&url)
                && found.len() - before < MOST_OF_A_TEXT
            {
                found.push(url);
            }
        }
    }

    /// The address of an attachment without what does not name it; none when it is something else.
    fn attachment(&self, address: &str) -> Option<Url> {
        if address.len() > LONGEST {
            return None;
        }
        let mut url = Url::parse(address).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let is_github = self.web.host_str() == Some("github.com");
        let is_image = is_github
            && url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(|host| IMAGE_HOSTS.contains(&host));
        let segments: Vec<&str> = url.path_segments()?.collect();
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_word = |text: &str| !text.is_empty();
        let is_attachment = match *segments {
            _ if is_image => url.path().len() > 1,
            _ if url.origin() != self.web.origin() => false,
            ["user-attachments", "files", id, name] => is_number(id) && is_word(name),
            ["user-attachments", "assets", uuid] => is_word(uuid),
            // GitHub Enterprise Server.
            ["storage", "user", user, "files", uuid] => is_number(user) && is_word(uuid),
            // Until 2023.
            [_, _, "files", id, name] => is_number(id) && is_word(name),
            [_, _, "assets", user, uuid] => is_number(user) && is_word(uuid),
            _ => false,
        };
        is_attachment.then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(web: &str, body: &str) -> Vec<String> {
        let attachments = Attachments::of(&Url::parse(web).expect("an address"));
        attachments.in_document(&json!({ "body": body })).into_iter().map(String::from).collect()
    }

    #[test]
    fn addresses_of_all_ages_are_found_and_others_are_not() {
        let text = "See [log.txt](https://github.com/user-attachments/files/12/log.txt), \
            ![x](https://github.com/user-attachments/assets/6f9b3a3e-0000-4000-a000-000000000000)\n\
            <img src=\"https://user-images.githubusercontent.com/1/2-3.png\" width=1>\n\
            https://github.com/octocat/hello/files/99/a.zip. https://github.com/octocat/hello/assets/1/6f9b\n\
            https://private-user-images.githubusercontent.com/1/2.png?jwt=secret#x\n\
            https://github.com/user-attachments/assets/6f9b3a3e-0000-4000-a000-000000000000 again\n\
            https://github.com/octocat/hello/issues/7 https://evil.example/user-attachments/assets/1\n\
            http://github.com/user-attachments/assets/1 https://me:pw@github.com/user-attachments/assets/1\n\
            https://github.com.evil.example/user-attachments/assets/1 https://github.com/user-attachments/files/x/y\n\
            file:///etc/passwd ://x https://169.254.169.254/user-attachments/assets/1";
        assert_eq!(
            found("https://github.com", text),
            [
                "https://github.com/user-attachments/files/12/log.txt",
                "https://github.com/user-attachments/assets/6f9b3a3e-0000-4000-a000-000000000000",
                "https://user-images.githubusercontent.com/1/2-3.png",
                "https://github.com/octocat/hello/files/99/a.zip",
                "https://github.com/octocat/hello/assets/1/6f9b",
                "https://private-user-images.githubusercontent.com/1/2.png",
            ]
        );
    }

    #[test]
    fn a_server_of_ones_own_has_its_own_host() {
        let text = "https://git.example/user-attachments/assets/1 https://github.com/user-attachments/assets/1 \
            https://git.example/storage/user/7/files/6f9b https://user-images.githubusercontent.com/1/2-3.png";
        assert_eq!(
            found("https://git.example", text),
            ["https://git.example/user-attachments/assets/1", "https://git.example/storage/user/7/files/6f9b"]
        );
    }

    #[test]
    fn only_what_people_write_is_looked_at() {
        let attachments = Attachments::of(&Url::parse("https://github.com").expect("an address"));
        let address = "https://github.com/user-attachments/assets/1";
        let document = json!({ "url": address, "body": null, "labels": [{ "description": address }] });
        assert_eq!(attachments.in_document(&document).len(), 1);
    }
}
