//! gitark backs up GitHub accounts into plain git repositories in any object store, and gives them back.
//!
//! The library never touches the terminal, the environment or the home directory: a command, a Lambda function and a
//! web server are thin callers of it. Data goes one way: [`github`] and [`git`] feed [`backup`], which writes a
//! [`vault`]; [`verify`], [`inspect`], [`metadata`], [`status`] and [`restore`] read the vault alone. Start at [`backup::run`], [`verify::verify`] and
//! [`restore::restore`]; `docs/format.md` describes what is written.

pub mod backup;
pub mod cause;
pub mod compact;
pub mod copy;
pub mod digest;
pub mod finding;
#[doc(hidden)]
pub mod fuzzing;
pub mod git;
pub mod github;
pub mod http;
pub mod identity;
pub mod import;
pub mod inspect;
mod interrupt;
pub mod metadata;
mod metadata_path;
pub mod monitor;
mod reach;
pub mod restore;
pub mod retry;
pub mod status;
pub mod vault;
pub mod verify;

#[cfg(test)]
#[path = "../tests/suite/support/cases.rs"]
mod cases;

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use tokio_util::sync::CancellationToken;

    use crate::{
        backup, copy, git,
        github::{self, GitHub},
        import, inspect, metadata,
        monitor::Silent,
        restore, status, vault, verify,
    };

    /// A Lambda function or a server spawns this work, so its futures must be `Send`. Compiling is the test.
    #[expect(dead_code, reason = "only the types matter")]
    fn all_work_can_be_spawned(
        github: &'static GitHub,
        vault: &'static vault::Vault,
        cancel: &'static CancellationToken,
        list: &'static backup::ListOptions,
        inspection: &'static github::Inspection,
        look: &'static github::Options,
    ) {
        fn assert_send<T: Send>(_: T) {}
        let (listing, options) = (backup::Listing::default(), backup::Options::default());
        assert_send(backup::list(github, &[], list, &Silent));
        assert_send(backup::run(github, &listing, vault::Storage::memory(), &options, Arc::new(Silent), cancel));
        let (run, source) = (vault::RunId::new(Default::default()), github::Source::StarredGists);
        let (shared, monitor) = (|| vault::Storage::memory(), || Arc::new(Silent));
        assert_send(backup::fleet::list(github, &listing, shared(), 1, &options, monitor(), cancel));
        assert_send(backup::fleet::sync(github, &source, shared(), &run, &options, monitor(), cancel));
        assert_send(backup::fleet::finish(shared(), &run, &options, &Silent));
        assert_send(github::inspect(inspection, look, &mut |_| {}));
        assert_send(vault::inspect::inspect(vault.storage(), &Default::default(), &mut |_| {}));
        let options = import::Options::default();
        assert_send(async move {
            let plan = import::plan(github, None, &[]).await?;
            import::import(&plan, vault::Storage::memory(), &options, Arc::new(Silent), cancel).await
        });
        assert_send(git::repack::repack(Default::default(), Path::new(""), Default::default(), cancel));
        let full = verify::Options { full: true, record: true, temporary: "".into(), object_bytes: 0 };
        assert_send(verify::verify(vault, &[], &full, Arc::new(Silent), cancel));
        let options = copy::Options { concurrency: 1, temporary: "".into() };
        assert_send(copy::copy(vault, vault::Storage::memory(), &[], &options, Arc::new(Silent), cancel));
        let repository = vault.repository("", vault::key::Kind::Code);
        assert_send(inspect::diff(&repository, vault::lookup::At::Latest, vault::lookup::At::Latest));
        assert_send(async {
            let found = vault.find("").await?;
            inspect::show(&found[0], &repository, vault::lookup::At::Latest).await
        });
        let query = inspect::Query { at: vault::lookup::At::Latest, reference: None, path: Vec::new() };
        assert_send(inspect::files(&repository, &query, true));
        assert_send(inspect::read(&repository, &query));
        assert_send(async {
            let snapshot = metadata::Snapshot::open(&repository, vault::lookup::At::Latest).await?;
            metadata::diff(None, Some(&snapshot)).await?;
            metadata::summary(&snapshot).await?;
            metadata::kept(&repository, &snapshot, &metadata::Thing::Issue(1)).await
        });
        let options = metadata::Options { layout: metadata::Layout::Json, at: vault::lookup::At::Latest };
        assert_send(metadata::export(&repository, Path::new(""), options, cancel));
        let options = restore::Options::new(restore::Format::Bare, vault::lookup::At::Latest);
        let all = restore::AllOptions {
            format: restore::Format::Bare,
            at: options.at,
            wikis: true,
            metadata: true,
            files: true,
            concurrency: 1,
        };
        assert_send(restore::restore_all(vault, Path::new(""), &all, Arc::new(Silent), cancel));
        assert_send(status::status(vault, status::Options::default()));
        assert_send(restore::restore(&repository, Path::new(""), &options, cancel));
    }
}
