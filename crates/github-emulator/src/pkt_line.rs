//! Git's pkt-line framing.

/// The line with which an advertisement over HTTP begins, and the flush packet behind it.
pub(crate) const SERVICE_HEADER: &[u8] = b"001e# service=git-upload-pack\n0000";

/// The pkt-lines of a request as text, up to the first malformed one.
pub(crate) fn words(mut bytes: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    while let Some((prefix, rest)) = bytes.split_at_checked(4) {
        let length = std::str::from_utf8(prefix).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
        bytes = match length {
            Some(0) => {
                words.push("flush".to_owned());
                rest
            }
            Some(1) => {
                words.push("delim".to_owned());
                rest
            }
            Some(2) => {
                words.push("response-end".to_owned());
                rest
            }
            Some(length) if length >= 4 => {
                let Some((payload, rest)) = rest.split_at_checked(length - 4) else {
                    break;
                };
                let text = String::from_utf8_lossy(payload);
                words.push(text.strip_suffix('\n').unwrap_or(&text).to_owned());
                rest
            }
            _ => break,
        };
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn lines_and_special_packets_become_words() {
        let request = b"0014command=ls-refs\n0001000bsymrefs0000";
        assert_eq!(words(request), ["command=ls-refs", "delim", "symrefs", "flush"]);
    }

    #[test]
    fn a_malformed_line_ends_the_words() {
        assert_eq!(words(b"0000zzzz"), ["flush"]);
        assert_eq!(words(b"0000ffffshort"), ["flush"]);
        assert_eq!(words(b"00000003"), ["flush"]);
    }
}
