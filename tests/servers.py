"""A web server on the loopback interface, to test with."""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PAGE = b"<!doctype html><html><head><title>A coup</title></head><body><p>A coup that failed.</p></body></html>"
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that came in: its path with the query, its headers (names in lower case), when it came (monotonic)."""

    method: str = "GET"
    path: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent back: a well-framed answer, or `raw` bytes as they are, after which the connection is closed.

    With `is_open` the connection stays open, in silence, until the server stops.
    """

    status: int = 200
    body: bytes = PAGE
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/html; charset=utf-8"
    raw: bytes | None = None
    is_open: bool = False


Answer = Reply | Callable[[Seen], Reply]


class LoopbackServer:
    """Serves `routes` (path without query -> reply, or a function that makes one) on a free port of 127.0.0.1.

    Other paths get a 404. What came in is in `requests`, in order. With a certificate (one file with its key) it speaks
    TLS.

        with LoopbackServer({"/feed.xml": Reply(body=b"...", content_type="application/rss+xml")}) as server:
            fetch(server.url("/feed.xml"))
    """

    def __init__(self, routes: Mapping[str, Answer] | None = None, certificate: Path | None = None) -> None:
        self.routes: dict[str, Answer] = dict(routes or {})
        self.requests: list[Seen] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._http = _Http(self)
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake is done in the thread of the connection, at the first read.
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._http.server_address[1]

    @property
    def netloc(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Seen]:
        """Return the requests of a path, in order."""
        with self._lock:
            return [seen for seen in self.requests if seen.path.partition("?")[0] == path]

    def answer(self, seen: Seen) -> Reply:
        """Note a request and return the reply."""
        with self._lock:
            self.requests.append(seen)
        answer = self.routes.get(seen.path.partition("?")[0], Reply(status=404, body=b"no such path"))
        return answer if isinstance(answer, Reply) else answer(seen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(STOP_SECONDS)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: LoopbackServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the base class
        """Say nothing when a client hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(method=self.command, path=self.path, headers=headers, at=time.monotonic())
        reply = self.server.owner.answer(seen)
        if reply.raw is not None:
            self.wfile.write(reply.raw)
        else:
            self._send(reply)
        self.wfile.flush()
        if reply.is_open:
            self.server.owner.stopping.wait()

    do_PATCH = do_GET  # noqa: N815 - the base class looks for this name

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 - as in the base class
        """Keep the terminal clean."""
