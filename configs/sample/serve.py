"""Serves the sample on this machine, so that its feeds can be tried without asking anybody's server.

`python serve.py` serves on port 8765 until it is stopped by Ctrl+C. `python serve.py --job JOB COMMAND...` takes a free
port instead, writes configs/demo_feeds.yaml with that port to JOB, runs the commands one after the other, and stops.
Answers have an ETag, as those of most feeds have: what did not change is answered by 304.
"""

import argparse
import contextlib
import gzip
import hashlib
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

SAMPLE = Path(__file__).parent
JOB = SAMPLE.parent / "demo_feeds.yaml"
ADDRESS = "127.0.0.1:8765"
"""Stands in the feeds and the job; replaced by where the server listens."""

MEDIA_TYPES = {
    ".html": "text/html",  # the pages say their encodings themselves
    ".xml": "application/rss+xml",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
    ".json": "application/feed+json",
}
ROBOTS = "User-agent: *\nDisallow: /pages/*.newsletter.html\n"


def front_page() -> str:
    """Return a page that names the feeds, as `newsbeam discover` looks for it."""
    feeds = sorted((SAMPLE / "feeds").iterdir())
    links = "".join(
        f'<link rel="alternate" type="{MEDIA_TYPES[feed.suffix]}" href="/feeds/{feed.name}">\n' for feed in feeds
    )
    return f"<!DOCTYPE html>\n<html><head><title>The sample</title>\n{links}</head><body></body></html>\n"


def find_document(path: str, address: str) -> tuple[bytes, str] | None:
    """Return the content of a path and its media type, None if there is nothing."""
    made = {"/": (front_page, "text/html"), "/robots.txt": (lambda: ROBOTS, "text/plain")}
    if path in made:
        make, media_type = made[path]
        return make().encode(), media_type
    for folder in ("feeds", "pages"):
        for file in (SAMPLE / folder).iterdir():
            if path == f"/{folder}/{file.name.removesuffix('.gz')}":
                return read_document(file, address), MEDIA_TYPES[Path(path).suffix]
    return None


def read_document(file: Path, address: str) -> bytes:
    """Return the content of a file; in feeds with the address of this server."""
    content = file.read_bytes()
    if file.parent.name == "feeds":
        return content.replace(ADDRESS.encode(), address.encode())
    return gzip.decompress(content) if file.suffix == ".gz" else content


class Sample(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Send a document of the sample, or say that it has not changed or is not there."""
        host, port = self.server.server_address[:2]
        found = find_document(urlsplit(self.path).path, f"{host}:{port}")
        content, media_type = found or (b"not found\n", "text/plain")
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        is_known = found is not None and self.headers.get("If-None-Match") == etag
        self.send_response(404 if found is None else 304 if is_known else 200)
        self.send_header("ETag", etag)
        if not is_known:
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not is_known:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def say(line: str) -> None:
    """Print a line at once, before what the commands print."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_commands(job: Path, commands: list[str]) -> int:
    """Serve on a free port while commands run; return the exit code of the first that fails, else 0."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Sample) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        job.write_text(JOB.read_text(encoding="utf-8").replace(ADDRESS, address), encoding="utf-8")
        try:
            for command in commands:
                say(f"$ {command}")
                if code := subprocess.run(shlex.split(command), check=False).returncode:
                    return code
        finally:
            server.shutdown()
    return 0


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Serves the sample on this machine.")
    parser.add_argument("--job", type=Path, default=Path("demo-feeds.yaml"), help="where to write the job")
    parser.add_argument("commands", nargs="*", help="commands to run while the sample is served")
    arguments = parser.parse_args()
    if arguments.commands:
        sys.exit(run_commands(arguments.job, arguments.commands))
    host, port = ADDRESS.split(":")
    with ThreadingHTTPServer((host, int(port)), Sample) as server, contextlib.suppress(KeyboardInterrupt):
        say(f"serving http://{ADDRESS}/ until Ctrl+C")
        server.serve_forever()


if __name__ == "__main__":
    main()
