"""A proxy that passes HTTP on as it came and counts it: requests by method and path, bytes of bodies both ways.

The `Host` header is passed on too, because signatures of S3 requests cover it.
"""
import contextlib
import http.client
import http.server
import threading
import urllib.parse

HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "proxy-connection", "expect"}
PIECE = 1 << 16


class Request:
    """One request: its method and path, and the bytes of its body and of the answer's."""

    def __init__(self, method, path, status, sent, received):
        self.method, self.path, self.status, self.sent, self.received = method, path, status, sent, received


class Counts(list):
    """The requests so far."""

    def received(self):
        return sum(request.received for request in self)

    def methods(self):
        """For example "3 GET, 1 PUT"."""
        names = [request.method for request in self]
        return ", ".join(f"{names.count(name)} {name}" for name in sorted(set(names)))

    def git(self):
        """The requests to git's endpoints."""
        return [request for request in self if request.path.split("?")[0].endswith(("/info/refs", "/git-upload-pack"))]


@contextlib.contextmanager
def counting(target):
    """The URL of a proxy before the server at `target`, and its counts."""
    counts = Counts()
    address = urllib.parse.urlsplit(target).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self):
            super().setup()
            self.upstream = http.client.HTTPConnection(address)

        def finish(self):
            self.upstream.close()
            super().finish()

        def pass_on(self):
            body = self.body()
            self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_HEADERS | {"content-length"}:
                    self.upstream.putheader(name, value)
            if body or self.command in ("PUT", "POST"):
                self.upstream.putheader("Content-Length", str(len(body)))
            self.upstream.endheaders(body)
            answer = self.upstream.getresponse()
            length = answer.getheader("Content-Length")
            has_body = self.command != "HEAD" and answer.status not in (204, 304)
            chunked = has_body and length is None
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_HEADERS:
                    self.send_header(name, value)
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
            # Counted before the client can know that the answer is at its end.
            request = Request(self.command, self.path, answer.status, len(body), 0)
            counts.append(request)
            self.end_headers()
            while piece := answer.read(PIECE):
                request.received += len(piece)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on

        def body(self):
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(pieces)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", counts
    finally:
        server.shutdown()
        server.server_close()
