//! Who sees what.

use crate::caller::Caller;
use crate::entry::Entry;
use crate::state::State;

impl State {
    /// Whether a caller may know of a repository.
    pub(crate) fn can_see(&self, caller: &Caller, entry: &Entry) -> bool {
        !entry.is_private() || caller.is_authenticated()
    }
}
