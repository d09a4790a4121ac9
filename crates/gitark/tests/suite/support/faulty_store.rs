//! A store that fails where it is told to, and remembers every call.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures::{StreamExt as _, future::BoxFuture, stream::BoxStream};
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, RenameTargetMode, Result, UploadPart,
    path::Path,
};

/// Where it fails. `usize` counts the calls that change something, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nowhere.
    Work,
    /// This call and all after it fail with nothing done: the machine went down before it.
    StopBefore(usize),
    /// This call is done, then everything fails: the machine went down after it.
    StopAfter(usize),
    /// This call is done but answered with an error.
    LoseReply(usize),
    /// This call fails with nothing done; all others work.
    FailOnce(usize),
    /// This create says "exists" with nothing written (S3's 409).
    Conflict(usize),
    /// Creates overwrite.
    Overwrite,
    /// These credentials may not delete.
    ForbidDelete,
    /// Every call fails, reads too.
    Unreachable,
    /// A disk without hard links.
    NoHardLinks,
    /// From this call on, reads counted too, the system says this error.
    Errno(usize, i32),
}

/// A call that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create(String),
    Replace(String),
    Rename {
        from: String,
        to: String,
        overwrite: bool,
    },
    Delete(String),
    /// An upload in parts begins.
    Upload(String),
    /// An upload in parts becomes an object.
    Complete(String),
}

type Gate = Arc<dyn Fn(usize, String) -> BoxFuture<'static, ()> + Send + Sync>;

/// A store as it was a while ago, and the ends of keys for which it answers.
type Stale = (Arc<dyn ObjectStore>, &'static [&'static str]);

/// The wrapper.
#[derive(Clone)]
pub(crate) struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    shared: Arc<Shared>,
}

struct Shared {
    plan: Mutex<Plan>,
    changes: AtomicUsize,
    calls: AtomicUsize,
    read_bytes: AtomicU64,
    seen: Mutex<Vec<Call>>,
    /// Waited for before any call, by its number, reads included.
    before: Mutex<Option<Gate>>,
    /// Waited for after any change.
    after: Mutex<Option<Gate>>,
    /// Answers reads of keys with one of these ends, in place of the store.
    stale: Mutex<Option<Stale>>,
}

impl FaultyStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, plan: Plan) -> Self {
        let shared = Shared {
            plan: Mutex::new(plan),
            changes: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            read_bytes: AtomicU64::new(0),
            seen: Mutex::default(),
            before: Mutex::default(),
            after: Mutex::default(),
            stale: Mutex::default(),
        };
        Self { inner, shared: Arc::new(shared) }
    }

    pub(crate) fn set_plan(&self, plan: Plan) {
        *self.shared.plan.lock().unwrap() = plan;
    }

    pub(crate) fn before_each_call(
        &self,
        gate: impl Fn(usize, String) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        *self.shared.before.lock().unwrap() = Some(Arc::new(gate));
    }

    pub(crate) fn after_each_change(
        &self,
        gate: impl Fn(usize, String) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        *self.shared.after.lock().unwrap() = Some(Arc::new(gate));
    }

    /// From now on reads of keys that end in one of `ends` are answered by `old`: a cache that is behind.
    pub(crate) fn answer_from(&self, old: Arc<dyn ObjectStore>, ends: &'static [&'static str]) {
        *self.shared.stale.lock().unwrap() = Some((old, ends));
    }

    /// From now on reads are answered as they should be.
    pub(crate) fn answer_in_time(&self) {
        *self.shared.stale.lock().unwrap() = None;
    }

    /// The changes since the last time, in order.
    pub(crate) fn take_seen(&self) -> Vec<Call> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap())
    }

    /// The changes that were asked for.
    pub(crate) fn seen(&self) -> Vec<Call> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How many calls there were, reads included.
    pub(crate) fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// How many bytes of objects were read since the last time.
    pub(crate) fn take_read_bytes(&self) -> u64 {
        self.shared.read_bytes.swap(0, Ordering::SeqCst)
    }

    /// How many changes were asked for.
    pub(crate) fn changes(&self) -> usize {
        self.shared.changes.load(Ordering::SeqCst)
    }

    fn down(what: &str) -> object_store::Error {
        object_store::Error::Generic { store: "faulty", source: format!("{what}: the store is down").into() }
    }

    fn errno(code: i32) -> object_store::Error {
        let source = std::io::Error::from_raw_os_error(code).into();
        object_store::Error::Generic { store: "LocalFileSystem", source }
    }

    async fn read(&self, key: &Path) -> Result<()> {
        let number = self.shared.calls.fetch_add(1, Ordering::SeqCst);
        let gate = self.shared.before.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate(number, key.to_string()).await;
        }
        let plan = *self.shared.plan.lock().unwrap();
        let changes = self.shared.changes.load(Ordering::SeqCst);
        match plan {
            Plan::Unreachable => Err(Self::down("read")),
            Plan::Errno(at, code) if number >= at => Err(Self::errno(code)),
            Plan::StopBefore(at) if changes > at => Err(Self::down("read")),
            Plan::StopAfter(at) if changes > at => Err(Self::down("read")),
            _ => Ok(()),
        }
    }

    /// Counts a change; an error is to be returned at once, `true` means: do it, then fail.
    async fn change(&self, call: Call, key: &Path) -> Result<bool> {
        let number = self.shared.calls.fetch_add(1, Ordering::SeqCst);
        let gate = self.shared.before.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate(number, key.to_string()).await;
        }
        let is_link = matches!(call, Call::Create(_) | Call::Rename { overwrite: false, .. });
        let (is_create, is_delete) = (matches!(call, Call::Create(_)), matches!(call, Call::Delete(_)));
        self.shared.seen.lock().unwrap().push(call);
        let at = self.shared.changes.fetch_add(1, Ordering::SeqCst);
        let plan = *self.shared.plan.lock().unwrap();
        match plan {
            Plan::Unreachable => Err(Self::down("write")),
            // link(2): EPERM.
            Plan::NoHardLinks if is_link => Err(Self::errno(1)),
            Plan::Errno(at, code) if number >= at => Err(Self::errno(code)),
            Plan::ForbidDelete if is_delete => {
                Err(object_store::Error::PermissionDenied { path: key.to_string(), source: "AccessDenied".into() })
            }
            Plan::StopBefore(stop) if at >= stop => Err(Self::down("write")),
            Plan::StopAfter(stop) if at > stop => Err(Self::down("write")),
            Plan::StopAfter(stop) | Plan::LoseReply(stop) if at == stop => Ok(true),
            Plan::FailOnce(stop) if at == stop => Err(Self::down("write")),
            Plan::Conflict(stop) if at == stop && is_create => {
                Err(object_store::Error::AlreadyExists { path: key.to_string(), source: "conflict".into() })
            }
            _ => Ok(false),
        }
    }

    async fn done<T>(&self, key: &Path, lose: bool, result: Result<T>) -> Result<T> {
        let gate = self.shared.after.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate(self.changes(), key.to_string()).await;
        }
        if lose && result.is_ok() { Err(Self::down("the reply")) } else { result }
    }
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaultyStore")
    }
}

impl std::fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaultyStore")
    }
}

/// An upload in parts to a store that may be down.
#[derive(Debug)]
struct FaultyUpload {
    inner: Box<dyn MultipartUpload>,
    store: FaultyStore,
    key: Path,
}

#[async_trait::async_trait]
impl MultipartUpload for FaultyUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (part, store, key) = (self.inner.put_part(data), self.store.clone(), self.key.clone());
        Box::pin(async move {
            // Nothing that anyone can see changes.
            store.read(&key).await?;
            part.await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let lose = self.store.change(Call::Complete(self.key.to_string()), &self.key).await?;
        let result = self.inner.complete().await;
        self.store.done(&self.key, lose, result).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.store.read(&self.key).await?;
        self.inner.abort().await
    }
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        let call = match options.mode {
            PutMode::Create => Call::Create(location.to_string()),
            _ => Call::Replace(location.to_string()),
        };
        let lose = self.change(call, location).await?;
        if *self.shared.plan.lock().unwrap() == Plan::Overwrite {
            options.mode = PutMode::Overwrite;
        }
        let result = self.inner.put_opts(location, payload, options).await;
        self.done(location, lose, result).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let lose = self.change(Call::Upload(location.to_string()), location).await?;
        let result = self.inner.put_multipart_opts(location, options).await;
        let inner = self.done(location, lose, result).await?;
        Ok(Box::new(FaultyUpload { inner, store: self.clone(), key: location.clone() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.read(location).await?;
        let stale = self.shared.stale.lock().unwrap().clone();
        let stale = stale.filter(|(_, ends)| ends.iter().any(|end| location.as_ref().ends_with(end)));
        let inner = stale.map_or(self.inner.clone(), |(old, _)| old);
        let found = inner.get_opts(location, options).await?;
        self.shared.read_bytes.fetch_add(found.range.end - found.range.start, Ordering::SeqCst);
        Ok(found)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.read(location).await?;
        let parts = self.inner.get_ranges(location, ranges).await?;
        self.shared.read_bytes.fetch_add(parts.iter().map(|part| part.len() as u64).sum(), Ordering::SeqCst);
        Ok(parts)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let this = self.clone();
        locations
            .then(move |location| {
                let this = this.clone();
                async move {
                    let location = location?;
                    let lose = this.change(Call::Delete(location.to_string()), &location).await?;
                    let result = object_store::ObjectStoreExt::delete(&this.inner, &location).await;
                    this.done(&location, lose, result).await.map(|()| location)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let this = self.clone();
        let prefix = prefix.cloned();
        futures::stream::once(async move {
            this.read(&prefix.clone().unwrap_or_default()).await?;
            Ok(this.inner.list(prefix.as_ref()))
        })
        .flat_map(|listed| match listed {
            Ok(listed) => listed,
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        })
        .boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.read(&prefix.cloned().unwrap_or_default()).await?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let lose = self.change(Call::Create(to.to_string()), to).await?;
        let result = self.inner.copy_opts(from, to, options).await;
        self.done(to, lose, result).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let overwrite = options.target_mode == RenameTargetMode::Overwrite;
        let call = Call::Rename { from: from.to_string(), to: to.to_string(), overwrite };
        let lose = self.change(call, to).await?;
        let result = self.inner.rename_opts(from, to, options).await;
        self.done(to, lose, result).await
    }
}
