//! From one page of a list to the next, by a header that may lie.

use std::collections::HashSet;

use reqwest::header::{HeaderMap, LINK};
use url::Url;

use crate::http::{same_origin, shown};

/// Most pages of one list: a list that goes on is a loop.
const MAXIMUM_PAGES: usize = 10_000;
/// Longest address of a page.
const MAXIMUM_ADDRESS_BYTES: usize = 2048;

/// The pages of one list that were asked for.
#[derive(Default)]
pub(super) struct Walk {
    asked: HashSet<Url>,
}

impl Walk {
    /// Notes that `url` is asked for.
    ///
    /// # Errors
    /// In words, when that would not end.
    pub(super) fn enter(&mut self, url: &Url) -> Result<(), String> {
        if !self.asked.insert(url.clone()) {
            return Err("its pages go in a circle".into());
        }
        if self.asked.len() > MAXIMUM_PAGES {
            return Err(format!("it has more than {MAXIMUM_PAGES} pages"));
        }
        Ok(())
    }
}

/// The address of the page behind that at `url`, which is one that a token for `url` may go to.
///
/// # Errors
/// In words, when there seems to be one and it cannot be followed: a list must not end early without a word.
pub(crate) fn next(url: &Url, headers: &HeaderMap) -> Result<Option<Url>, String> {
    for value in headers.get_all(LINK) {
        let text = value.to_str().map_err(|_| "its header Link is no text")?;
        if let Some(target) = target(text, "next").ok_or("its header Link is not understood")? {
            return follow(url, target).map(Some);
        }
    }
    Ok(None)
}

fn follow(url: &Url, target: &str) -> Result<Url, String> {
    if target.len() > MAXIMUM_ADDRESS_BYTES {
        return Err(format!("the address of its next page has more than {MAXIMUM_ADDRESS_BYTES} bytes"));
    }
    let next = url.join(target).map_err(|error| format!("the address of its next page cannot be used: {error}"))?;
    if !same_origin(&next, url) {
        return Err(format!("its next page is on another host, {}", shown(&next)));
    }
    if !next.username().is_empty() || next.password().is_some() {
        return Err(format!("its next page wants other credentials, at {}", shown(&next)));
    }
    Ok(next)
}

/// The target of the first link with this relation in a header `Link` (RFC 8288); `Some(None)` when there is none, and
/// `None` when the text is no such header.
fn target<'a>(mut text: &'a str, relation: &str) -> Option<Option<&'a str>> {
    loop {
        // Empty elements are allowed.
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Some(None);
        }
        // What stands between the angle brackets may hold commas and semicolons.
        let (target, rest) = text.strip_prefix('<')?.split_once('>')?;
        let (mut is_meant, mut has_relation) = (false, false);
        text = rest.trim_start();
        while let Some(rest) = text.strip_prefix(';') {
            let rest = rest.trim_start();
            let end = rest.find(['=', ';', ',']).unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            let (value, rest) = match rest.strip_prefix('=') {
                Some(rest) => value(rest.trim_start())?,
                None => ("", rest),
            };
            let is_relation = name.trim_end().eq_ignore_ascii_case("rel");
            has_relation |= is_relation && !value.is_empty();
            is_meant |= is_relation && value.split(' ').any(|word| word.eq_ignore_ascii_case(relation));
            text = rest.trim_start();
        }
        // A link must say what it is; one that does not may be cut off.
        if !has_relation || (!text.is_empty() && !text.starts_with(',')) {
            return None;
        }
        if is_meant {
            return Some(Some(target));
        }
    }
}

/// A parameter's value, quoted or not, and what follows it. Escapes stay: no relation has any.
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return Some(text.split_at(text.find([';', ',', ' ', '\t']).unwrap_or(text.len())));
    };
    let mut is_escaped = false;
    let end = quoted.find(|character| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    })?;
    Some((&quoted[..end], &quoted[end + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    const HERE: &str = "https://api.github.com/user/repos?per_page=100";

    fn here() -> Url {
        HERE.parse().expect("a URL")
    }

    fn after(link: &[u8]) -> Result<Option<String>, String> {
        let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_bytes(link).expect("a header"))]);
        Ok(next(&here(), &headers)?.map(String::from))
    }

    #[test]
    fn the_next_page_is_found_however_it_is_written() {
        let there = "https://api.github.com/user/repos?page=2";
        let first = "<https://api.github.com/user/repos?page=1>; rel=\"first\"";
        for link in [
            format!("<{there}>; rel=\"next\", <{there}9>; rel=\"last\""),
            format!("{first}, <{there}>; rel=\"next\""),
            format!("{first} , , <{there}>;rel=next"),
            format!("<{there}>; title=\"a, b; rel=\\\"last\\\"\"; REL=\"last next\""),
            "</user/repos?page=2>; rel=\"next\"".into(),
            "<?page=2>; rel=\"next\"; type".into(),
        ] {
            assert_eq!(after(link.as_bytes()), Ok(Some(there.into())), "{link}");
        }
        // A comma in an address ends no element.
        let commas = "https://api.github.com/user/repos?affiliation=owner,collaborator&page=2";
        assert_eq!(after(format!("<{commas}>; rel=\"next\"").as_bytes()), Ok(Some(commas.into())));
        for link in ["", ",", first, "<https://x/>; title=\"rel=next\"; rel=self", "<https://x/>; rel=\"prev\""] {
            assert_eq!(after(link.as_bytes()), Ok(None), "{link}");
        }
    }

    #[test]
    fn a_list_does_not_end_early_because_its_header_is_cut_off() {
        let link = format!("<{HERE}&page=2>; rel=\"next\"");
        for end in 1..link.len() {
            let link = &link[..end];
            assert_eq!(after(link.as_bytes()), Err("its header Link is not understood".into()), "{link}");
        }
        assert!(after(b"<\xff>; rel=\"next\"").is_err());
    }

    #[test]
    fn a_next_page_elsewhere_is_refused() {
        let long = format!("/{}", "x".repeat(3000));
        for (target, words) in [
            ("https://evil.example/user/repos?page=2", "another host, https://evil.example/user/repos?page=2"),
            ("//evil.example/", "another host"),
            ("http://api.github.com/", "another host"),
            ("https://api.github.com:444/", "another host"),
            ("file:///etc/passwd", "another host, file:///etc/passwd"),
            ("data:text/plain,x", "another host"),
            ("https://octocat:secret@api.github.com/", "other credentials, at https://api.github.com/"),
            ("https://octocat@api.github.com/", "other credentials"),
            ("https://octocat:secret@evil.example/", "another host, https://evil.example/"),
            ("https://[::1/", "cannot be used"),
            ("https://", "cannot be used"),
            (&long, "more than 2048 bytes"),
        ] {
            let error = after(format!("<{target}>; rel=\"next\"").as_bytes()).expect_err(target);
            assert!(error.contains(words) && !error.contains("secret"), "{target}: {error}");
        }
    }

    #[test]
    fn a_list_without_an_end_is_given_up() {
        let page = |number: usize| format!("{HERE}&page={number}").parse::<Url>().expect("a URL");
        let mut walk = Walk::default();
        for number in 0..MAXIMUM_PAGES {
            walk.enter(&page(number)).expect("not too many");
        }
        assert_eq!(walk.enter(&page(MAXIMUM_PAGES)), Err("it has more than 10000 pages".into()));
        assert_eq!(walk.enter(&page(1)), Err("its pages go in a circle".into()));
    }

    proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn no_header_leads_to_another_origin(text in "[<>;,=\" a-z:/.@\\\\?#\\[\\]0-9-]{0,60}", whole in any::<bool>()) {
            let link = if whole { format!("<{text}>; rel=next") } else { text };
            if let Ok(Some(next)) = after(link.as_bytes()) {
                let next: Url = next.parse().expect("a URL");
                prop_assert!(same_origin(&next, &here()));
                prop_assert!(next.username().is_empty() && next.password().is_none());
            }
        }

        #[test]
        fn no_bytes_in_a_header_are_too_much(bytes in proptest::collection::vec(32_u8..=255, 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let _ = next(&here(), &HeaderMap::from_iter([(LINK, value)]));
            }
        }
    }
}
