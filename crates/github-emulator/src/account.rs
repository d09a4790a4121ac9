//! Accounts: the users and organizations which own repositories.

/// Whether an account is a person or an organization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AccountKind {
    User,
    Organization,
}

impl AccountKind {
    /// The `type` of an account in REST answers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            AccountKind::User => "User",
            AccountKind::Organization => "Organization",
        }
    }
}

/// An owner of repositories.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) kind: AccountKind,
}

impl Account {
    pub(crate) fn is_organization(&self) -> bool {
        self.kind == AccountKind::Organization
    }
}
