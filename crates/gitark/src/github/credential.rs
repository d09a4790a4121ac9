//! Who we are to GitHub.

use super::App;
use crate::http::Token;

/// Who we are to GitHub.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A token of a person: classic, fine-grained, or of `gh`.
    Token(Token),
    /// A GitHub App, once for each account where it is installed.
    App {
        /// The app.
        app: App,
        /// The accounts, or numbers of installations, that are meant; all when empty.
        installations: Vec<String>,
    },
}
