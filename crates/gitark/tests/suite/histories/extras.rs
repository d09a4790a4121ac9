//! What may happen beside plain backups.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::FutureExt as _;
use gitark::{
    compact, copy,
    git::{pack::PackLimits, repack::RepackOptions},
    monitor::Silent,
    vault::Vault,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    History,
    mirror::{self, Seen},
};
use crate::support::{Plan, World};

/// What may happen beside plain backups, at any time. Each leaves the vault fit for the next backup.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extra {
    /// A backup is stopped at some call to the store; perhaps upstream moves on before the next one.
    Crash,
    /// A backup is held at some call to the store, while upstream moves on and another backup comes and goes.
    TwoAtOnce,
    /// Upstream moves on, and everything is fetched again.
    Refetch,
    /// Packs are joined; perhaps that is stopped at some call to the store. What was replaced is deleted at once.
    Compact,
    /// The vault is copied, or its copy brought up to date; perhaps that is stopped at some call to the copy's store.
    Copy,
}

impl Extra {
    pub(super) const ALL: [Self; 5] = [Self::Crash, Self::TwoAtOnce, Self::Refetch, Self::Compact, Self::Copy];
}

impl History<'_> {
    pub(super) async fn extra(&mut self, extra: Extra) {
        match extra {
            Extra::Crash => self.crash().await,
            Extra::TwoAtOnce => self.two_at_once().await,
            Extra::Refetch => {
                for _ in 0..self.random.below(4) {
                    self.step();
                }
                self.backup_with(true).await;
            }
            Extra::Compact => self.compact().await,
            Extra::Copy => {
                let plan = if self.random.one_in(3) { Plan::StopAfter(self.random.below(20)) } else { Plan::Work };
                self.copy(plan).await;
            }
        }
    }

    async fn compact(&mut self) {
        let plan = if self.random.one_in(2) { Plan::StopAfter(self.random.below(14)) } else { Plan::Work };
        let all = self.random.one_in(2);
        self.tell(format!("a compaction with {plan:?}, all {all}"));
        let (storage, _) = World::faulty_storage(&self.world.vault, plan);
        let options = compact::Options {
            all,
            grace: Duration::ZERO,
            delete: true,
            temporary: self.world.options.temporary.clone(),
            repack: RepackOptions { limits: PackLimits { threads: 1, ..PackLimits::default() }, ..Default::default() },
        };
        let done = async {
            let vault = Vault::open(storage).await?;
            compact::compact(&vault, &[], &options, Arc::new(Silent), &CancellationToken::new()).await
        };
        let done = done.await;
        if let (Plan::Work, Some(_)) = (plan, self.mirror.backups.last_key_value()) {
            let report = done.expect("a compaction");
            assert!(report.repositories.iter().all(|row| row.problem.is_none()), "{report:?}");
        }
        // Its entry stands for what the one before it stood for.
        if let Some(last) = self.mirror.backups.last_key_value().map(|(_, last)| last.clone()) {
            self.note_entries(&last);
        }
        let bare = self.world.bare();
        if bare.join("HEAD").exists() {
            mirror::objects(&bare);
        }
    }

    /// Copies the vault to the second one.
    pub(super) async fn copy(&mut self, plan: Plan) {
        if !self.world.vault.join("vault.json").exists() {
            return;
        }
        self.tell(format!("a copy with {plan:?}"));
        let (target, _) = World::faulty_storage(self.copied.path(), plan);
        let source = Vault::open(self.world.storage()).await.expect("a vault");
        let options = copy::Options { concurrency: 1, temporary: self.world.options.temporary.clone() };
        let copied = copy::copy(&source, target, &[], &options, Arc::new(Silent), &CancellationToken::new()).await;
        if plan == Plan::Work {
            let report = copied.expect("a copy");
            assert!(report.repositories.iter().all(|row| row.problem.is_none()), "{report:?}");
        }
        // What git sees of a copy, however far it got, is there with all that it leads to.
        let bare = World::bare_in(self.copied.path());
        if bare.join("HEAD").exists() {
            mirror::objects(&bare);
        }
    }

    async fn crash(&mut self) {
        let at = self.random.below(18);
        let plan = if self.random.one_in(2) { Plan::StopBefore(at) } else { Plan::StopAfter(at) };
        let refetch = self.random.one_in(5);
        self.tell(format!("a backup with {plan:?}, refetch {refetch}"));
        let before = self.shown();
        let (storage, _) = World::faulty_storage(&self.world.vault, plan);
        // The run tells what it thinks of it; what matters is in the vault.
        let _ = self.run(storage, refetch).await;
        let last = self.mirror.backups.last_key_value().map(|(_, last)| last.in_the_vault().refs);
        let now = self.upstream.seen().kept();
        self.note_entries(&now);
        // The views may still be those of the run before, and those of an entry that a run before did not get to show.
        let allowed = [before.unwrap_or_default(), last.unwrap_or_default(), now.in_the_vault().refs];
        if let Some(shown) = self.shown() {
            assert!(allowed.contains(&shown), "plain git sees no backup: {shown:?}, but one of {allowed:?}");
            // What git sees is there with all that it leads to.
            mirror::objects(&self.world.bare());
        }
        if self.random.one_in(2) {
            self.backup().await;
        }
    }

    /// The references that plain git sees in the vault, once there is a repository.
    fn shown(&self) -> Option<BTreeMap<String, String>> {
        let bare = self.world.bare();
        bare.join("HEAD").exists().then(|| Seen::of(&bare).live().refs)
    }

    async fn two_at_once(&mut self) {
        let hold = self.random.below(50);
        let steps = self.random.below(4);
        let (storage, faulty) = World::faulty_storage(&self.world.vault, Plan::Work);
        let (held, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        {
            let (held, release) = (held.clone(), release.clone());
            faulty.before_each_call(move |number, _| {
                let (held, release) = (held.clone(), release.clone());
                async move {
                    if number == hold {
                        held.notify_one();
                        release.notified().await;
                    }
                }
                .boxed()
            });
        }
        let (client, options) = (self.world.client.clone(), self.world.options.clone());
        let source = self.upstream.source().parse().expect("a source");
        let first = super::run(&client, source, storage, &options);
        tokio::pin!(first);
        let before = self.upstream.seen().kept();
        let mut unseen = false;
        let report = tokio::select! {
            report = &mut first => report,
            () = held.notified() => {
                self.note_entries(&before);
                self.mirror.take_objects(&self.upstream.repository.path());
                self.tell(format!("a backup is held before call {hold}"));
                for _ in 0..steps {
                    self.step();
                }
                let entries = self.entries();
                self.backup().await;
                unseen = self.entries() == entries;
                release.notify_one();
                first.await
            }
        };
        let sequence = self.check_report(&report.expect("a run"));
        self.tell(format!("the backup that was held: entry {sequence}"));
        // One that finds nothing new leaves no entry, so nothing tells the other one that its look is older. The next
        // backup puts it right.
        let newest = Seen::of(&self.world.bare()).live();
        if unseen && newest == before.in_the_vault() && newest != self.upstream.seen().kept().in_the_vault() {
            self.note_entries(&before);
            self.backup().await;
        }
        self.note_backup();
    }
}
