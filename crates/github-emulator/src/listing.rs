//! Pages of listings and the links between them.

use std::collections::HashMap;

/// The parameters of a request.
pub(crate) type Query = HashMap<String, String>;

/// The items of a page when the request does not say.
const DEFAULT_PER_PAGE: usize = 30;

/// The page of a listing which a request asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Page {
    number: usize,
    per_page: usize,
}

impl Page {
    /// The page asked for, with at most `limit` items.
    pub(crate) fn of(query: &Query, limit: usize) -> Page {
        let parameter =
            |name: &str| query.get(name).and_then(|value| value.parse::<usize>().ok()).filter(|&value| value > 0);
        Page {
            number: parameter("page").unwrap_or(1),
            per_page: parameter("per_page").unwrap_or(DEFAULT_PER_PAGE).min(limit),
        }
    }

    /// Whether this is the first page.
    pub(crate) fn is_first(self) -> bool {
        self.number == 1
    }

    /// The places of the items of this page, of `count` in all.
    pub(crate) fn range(self, count: usize) -> std::ops::Range<usize> {
        let start = (self.number - 1).saturating_mul(self.per_page).min(count);
        start..start.saturating_add(self.per_page).min(count)
    }

    /// The most items of this page.
    pub(crate) fn per_page(self) -> usize {
        self.per_page
    }

    /// The number of the page after this one.
    pub(crate) fn following(self) -> usize {
        self.number.saturating_add(1)
    }

    /// The number of items up to the end of this page, were they all there.
    pub(crate) fn reach(self) -> usize {
        self.number.saturating_mul(self.per_page)
    }

    /// The items of this page.
    pub(crate) fn items<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip((self.number - 1).saturating_mul(self.per_page)).take(self.per_page).collect()
    }

    /// The `Link` header of this page of `count` items in all, unless there is only one page.
    pub(crate) fn link(self, count: usize, address: &str, query: Option<&str>) -> Option<String> {
        let last = count.div_ceil(self.per_page).max(1);
        let mut links = Vec::new();
        let mut push = |page: usize, relation: &str| {
            let query = with_page(query.unwrap_or_default(), page);
            links.push(format!("<{address}?{query}>; rel=\"{relation}\""));
        };
        if self.number > 1 {
            push((self.number - 1).min(last), "prev");
        }
        if self.number < last {
            push(self.number + 1, "next");
            push(last, "last");
        }
        if self.number > 1 {
            push(1, "first");
        }
        (!links.is_empty()).then(|| links.join(", "))
    }
}

/// A query with another page.
fn with_page(query: &str, page: usize) -> String {
    let page = format!("page={page}");
    let mut replaced = false;
    let mut parameters: Vec<&str> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            if parameter.starts_with("page=") {
                replaced = true;
                page.as_str()
            } else {
                parameter
            }
        })
        .collect();
    if !replaced {
        parameters.push(&page);
    }
    parameters.join("&")
}

#[cfg(test)]
mod tests {
    use super::{Page, Query};

    fn page(number: &str, per_page: &str) -> Page {
        let query = [("page", number), ("per_page", per_page)];
        let query: Query = query.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Page::of(&query, 100)
    }

    #[test]
    fn parameters_are_bounded() {
        let default = Page::of(&Query::new(), 100);
        assert_eq!(page("0", "x"), default);
        assert_eq!(page("1", "1000"), page("1", "100"));
    }

    #[test]
    fn one_page_has_no_links() {
        assert_eq!(page("1", "3").link(3, "http://x/", None), None);
        assert_eq!(page("1", "3").link(0, "http://x/", None), None);
    }

    #[test]
    fn a_page_in_the_middle_has_all_links() {
        assert_eq!(
            page("2", "2").link(5, "http://x/r", Some("page=2&per_page=2")).as_deref(),
            Some(
                "<http://x/r?page=1&per_page=2>; rel=\"prev\", \
                 <http://x/r?page=3&per_page=2>; rel=\"next\", \
                 <http://x/r?page=3&per_page=2>; rel=\"last\", \
                 <http://x/r?page=1&per_page=2>; rel=\"first\""
            )
        );
        assert_eq!(page("2", "2").items(vec![1, 2, 3, 4, 5]), [3, 4]);
    }
}
