"""Publishes feeds on loopback addresses for some seconds and notes each request: python -m tests.engines.publisher."""

import argparse
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Final

FEEDS: Final = 20
ENTRIES_A_SECOND: Final = 2.0
ENTRIES_IN_A_FEED: Final = 40
PORT: Final = 8765
_TIME: Final = "%a, %d %b %Y %H:%M:%S +0000"


def host_of(feed: int) -> str:
    """Return the address of a feed's server, each feed on a host of its own."""
    return f"127.0.0.{feed + 1}:{PORT}"


class Publisher(ThreadingHTTPServer):
    """The server of one feed; entry n is in feed n modulo 20 and appears n / 2 seconds after the start."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, feed: int, started: float, seconds: float, log: IO[str]) -> None:
        super().__init__((host_of(feed).partition(":")[0], PORT), _Handler)
        self.feed, self.started, self.seconds, self.log = feed, started, seconds, log

    def content(self, path: str) -> tuple[int, str, str]:
        """Return status, media type and body."""
        if path == "/feed.xml":
            return 200, "application/rss+xml", self._feed()
        if path.startswith("/a/"):
            return 200, "text/html; charset=utf-8", _page(int(path.removeprefix("/a/")))
        return 404, "text/plain", "no such path"

    def _feed(self) -> str:
        published = int(min(time.time() - self.started, self.seconds) * ENTRIES_A_SECOND)
        numbers = range(self.feed, published, FEEDS)[-ENTRIES_IN_A_FEED:]
        items = "".join(self._item(number) for number in reversed(numbers))
        return f"<rss version='2.0'><channel><title>Feed {self.feed}</title>{items}</channel></rss>"

    def _item(self, number: int) -> str:
        at = time.strftime(_TIME, time.gmtime(self.started + number / ENTRIES_A_SECOND))
        link = f"http://{host_of(self.feed)}/a/{number}"
        return f"<item><title>Report {number}</title><link>{link}</link><pubDate>{at}</pubDate></item>"


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        now = time.time()
        self.server.log.write(json.dumps([now, self.headers["Host"], self.path]) + "\n")
        self.server.log.flush()
        status, media_type, text = self.server.content(self.path)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 - as in the base class
        """Keep the terminal clean."""


def _page(number: int) -> str:
    said = "says that the council of the town met and talked about the harbour, the ferry and the price of grain."
    paragraphs = "".join(f"<p>Part {part} of report {number} {said}</p>" for part in range(4))
    title = f"Report {number} from the harbour"
    return f"<html lang=en><title>{title}</title><article><h1>{title}</h1>{paragraphs}</article></html>"


def main() -> None:
    """Serve all feeds until killed, for an hour at most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("started", type=float)
    options = parser.parse_args()
    with options.log.open("a", encoding="utf-8") as log:
        for feed in range(FEEDS):
            server = Publisher(feed, options.started, options.seconds, log)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        time.sleep(3600)


if __name__ == "__main__":
    main()
