"""Servers that tests start and end: each on a port that the system gives, of 127.0.0.1."""
import contextlib
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
REGION = "eu-west-1"
# MiniStack's account for the key `test`.
ACCOUNT = "000000000000"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def process(command, log, ready, **options):
    """A program, once `ready()` is true; its output goes to a file."""
    with open(log, "w") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options) as running:
        try:
            deadline = time.monotonic() + 60
            while not ready():
                if running.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not start:\n{pathlib.Path(log).read_text()[-2000:]}")
                time.sleep(0.02)
            yield running
        finally:
            running.terminate()


def answers(url):
    try:
        urllib.request.urlopen(url).close()
        return True
    except OSError:
        return False


@contextlib.contextmanager
def ministack(directory, **environment):
    """The URL of an AWS with enforcement of rights, whose state machines do not wait unless SFN_WAIT_SCALE says so."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # A thread for each function that waits for an answer, and more for the answers.
    threads = {"MINISTACK_WORKER_THREADS": "512"}
    settings = {**plain, **threads, "AWS_REGION": REGION, "AUTH": "true", "SFN_WAIT_SCALE": "0", **environment}
    command = [sys.executable, str(HERE / "ministack_server.py"), str(port)]
    with process(command, directory / "ministack.log", lambda: answers(f"{url}/_ministack/health"), env=settings):
        yield url


@contextlib.contextmanager
def receiver(answer):
    """The URL of a server that gives `answer(path, body)` as JSON to each POST."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            text = json.dumps(answer(self.path, json.loads(body))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
