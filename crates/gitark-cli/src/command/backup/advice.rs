//! What to do about each reason, on one line. `docs/reasons.md` has more.

use gitark::backup::Reason;

/// What to do.
pub(crate) fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::GoneOrForbidden => "give the token access, or take the name out",
        Reason::LegalBlock => "nothing; the backup from before stays",
        Reason::Unauthorized => "make a new token, or unset the old variable",
        Reason::RateLimited => "use a token, raise --max-wait, or run again later",
        Reason::Disabled => "see its page on GitHub; the backup stays",
        Reason::SignOnNeeded => "authorise the token for single sign-on",
        Reason::Empty => "nothing; it has no references yet",
        Reason::Deadline | Reason::Cancelled => "run again",
        Reason::LfsQuota => "raise the LFS data quota of its owner, then run again",
        Reason::LfsIncomplete => "see the warnings, then run again",
        Reason::ShallowUpstream => "complete it where it came from, then push",
        Reason::ObjectFormat => "keep it with git clone --mirror",
        Reason::TooLarge => "keep it with git clone --mirror",
        Reason::DamagedPack => "run again; if it stays, git clone and git fsck",
        Reason::BadReference => "rename or delete that reference upstream",
        Reason::BadName => "check what answers at --api-url",
        Reason::Network => "run again; behind a proxy, check HTTPS_PROXY",
        Reason::FilesIncomplete => "run again; the report names the files",
        Reason::Protocol => "run again; read the message",
        Reason::Store => "make room or mend permissions, then run again",
        Reason::DamagedVault => "repair with gitark backup OWNER/REPO --refetch",
        Reason::UnusableMirror => "make a new one with git clone --mirror",
        Reason::ImportIncomplete => "see the warnings; the next gitark backup asks GitHub for it",
        Reason::NeedsLargerWorker => "back it up once where there is more time and disk",
        Reason::WorkerLost => "read that worker's log, then run again",
        Reason::BadSecret => "mend the secret, or the right to read it",
        Reason::AlreadyBackedUp => "bring it up to date with gitark backup",
    }
}
