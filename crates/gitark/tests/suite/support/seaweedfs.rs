//! A real S3 server: one SeaweedFS for all tests of this process.
//!
//! `weed` is looked for in `GITARK_WEED`, in `target/tools/bin` (`./test.sh` puts it there) and in `PATH`.

use std::{
    hash::{BuildHasher as _, RandomState},
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// The bucket that is there from the start.
pub(crate) const BUCKET: &str = "backup";
/// Who may do everything.
pub(crate) const KEY: &str = "gitark-tests";
pub(crate) const SECRET: &str = "not-much-of-a-secret";

/// Runs the server until it ends, or until nobody holds the other end of stdin: until the test process is gone, however
/// it went. Then it takes the data away.
const LIFE_OF_A_SERVER: &str = r#"
trap '' INT HUP
weed=$1 directory=$2
shift 2
exec 3<&0 </dev/null
"$weed" "$@" 3<&- >"$directory/log" 2>&1 &
server=$!
(read -r _ <&3; kill "$server") &
exec 3<&-
wait "$server"
rm -rf "$directory"
"#;
/// What SeaweedFS listens on. Each also takes the port 10000 above for gRPC.
const SERVICES: [&str; 5] = ["master", "volume", "filer", "s3", "admin"];
const GRPC_OFFSET: u16 = 10_000;
/// Below the ports that the system gives to anyone, even with the offset.
const PORTS: std::ops::Range<u16> = 10_300..21_800;
/// Other ports are tried so often: between our look and the server's, another may take one.
const STARTS: usize = 5;
/// How often a starting server is asked, and the wait between.
const ASKS: usize = 600;
const BETWEEN_ASKS: Duration = Duration::from_millis(50);

/// The server.
pub(crate) struct SeaweedFs {
    endpoint: String,
    /// Its stdin is what keeps the server alive.
    _life: Child,
}

impl SeaweedFs {
    /// The server of this process; `None`, said once, on a machine without `weed`.
    pub(crate) fn shared() -> Option<&'static SeaweedFs> {
        static SHARED: OnceLock<Option<SeaweedFs>> = OnceLock::new();
        let start = || {
            let Some(weed) = tool("weed", "GITARK_WEED") else {
                skipped("tests on S3: there is no SeaweedFS; ./test.sh gets it, or name its `weed` in GITARK_WEED");
                return None;
            };
            let started = (0..STARTS).find_map(|_| Self::start(&weed));
            Some(started.unwrap_or_else(|| panic!("{} does not start", weed.display())))
        };
        SHARED.get_or_init(start).as_ref()
    }

    /// Where it answers: `http://127.0.0.1:PORT`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A place in the bucket that no other test uses.
    pub(crate) fn prefix() -> String {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// What `aws` says when it is asked of this server; `None`, said once, on a machine without it.
    pub(crate) fn aws(&self, arguments: &[&str]) -> Option<String> {
        static AWS: OnceLock<Option<PathBuf>> = OnceLock::new();
        let find = || {
            let found = tool("aws", "GITARK_AWS");
            if found.is_none() {
                skipped("tests with the AWS command line; ./test.sh gets it, or name its `aws` in GITARK_AWS");
            }
            found
        };
        let mut command = Command::new(AWS.get_or_init(find).as_ref()?);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
        command.envs([("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_EC2_METADATA_DISABLED", "true")]);
        command.args(["--endpoint-url", &self.endpoint]).args(arguments).stdin(Stdio::null());
        let output = command.output().expect("aws starts");
        assert!(output.status.success(), "aws {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn start(weed: &Path) -> Option<Self> {
        let ports = free_ports();
        let directory = tempfile::Builder::new().prefix("gitark-seaweedfs-").tempdir().expect("a directory").keep();
        let path = |name: &str| directory.join(name).display().to_string();
        let mut command = Command::new("sh");
        command.args(["-c", LIFE_OF_A_SERVER, "seaweedfs"]).arg(weed).arg(&directory);
        command.args(["-logtostderr=true", "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]);
        command.args(["-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]);
        command.args([format!("-dir={}", path("data")), format!("-bucket={BUCKET}")]);
        command.args(["s3", "filer"].map(|service| format!("-{service}.localSocket={}", path(service))));
        command.args(SERVICES.iter().zip(&ports).map(|(service, port)| format!("-{service}.port={port}")));
        command.envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
        std::fs::create_dir(directory.join("data")).expect("a directory");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut life = command.spawn().expect("sh starts");
        let [.., filer, s3, _] = ports;
        for _ in 0..ASKS {
            if life.try_wait().expect("a state").is_some() {
                return None;
            }
            // The bucket is made a moment after the server answers.
            if answers(s3, "/healthz") && answers(filer, &format!("/buckets/{BUCKET}/")) {
                return Some(Self { endpoint: format!("http://127.0.0.1:{s3}"), _life: life });
            }
            std::thread::sleep(BETWEEN_ASKS);
        }
        None
    }
}

/// A program of the tests: named by `variable`, or in `target/tools`, or in `PATH`.
pub(crate) fn tool(name: &str, variable: &str) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(workspace.join("target/tools/bin")).chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Says on stderr what is skipped, past the harness, which would swallow it.
pub(crate) fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

fn free_ports() -> [u16; SERVICES.len()] {
    let is_free =
        |port: u16| [port, port + GRPC_OFFSET].iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let random = RandomState::new().hash_one(0);
    let count = u64::from(PORTS.end - PORTS.start);
    let candidates =
        (0..count).map(|step| PORTS.start + u16::try_from((random % count + step) % count).expect("small"));
    let mut free = candidates.filter(|port| is_free(*port));
    std::array::from_fn(|_| free.next().expect("a free port"))
}

/// Whether a GET is answered with 200.
fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut status = vec![0; 12];
        stream.read_exact(&mut status)?;
        Ok(status)
    };
    ask().is_ok_and(|status| status.ends_with(b" 200"))
}
