"""One HTTP request and its answer, within limits of time and size."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, RemoteDisconnected
from typing import Final

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, InvalidChunkLength, InvalidHeader

from pipeline.fetch.content import (
    CHALLENGE_BYTES,
    CHALLENGE_STATUSES,
    MAGIC_BYTES,
    is_challenge,
    is_no_page,
    is_no_page_type,
    parse_content_type,
)
from pipeline.fetch.decoding import Decoder, parse_encodings
from pipeline.fetch.dialer import Dialer, Wire
from pipeline.fetch.errors import FetchError
from pipeline.fetch.heads import FinalResponse
from pipeline.fetch.outcomes import Body, Purpose, Validators
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.urls import Target
from transforms.errors import Reason

MAX_ROBOTS_BYTES: Final = 500 * 1024
"""What is read of a robots.txt (RFC 9309, 2.5)."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NO_CONTENT: Final = frozenset({204, 205})
_ACCEPT: Final = {
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    "robots": "text/plain, */*;q=0.5",
}
_HEAD_BYTES: Final = 256 * 1024
_STEP_BYTES: Final = 64 * 1024
_MAX_VALIDATOR_CHARS: Final = 1024

# It warns of each wrong header of each server, with the address, on the terminal.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one request.

    Attributes:
        status: such as 200.
        headers: without regard to case; of repeated ones the values are joined by commas.
        body: the decoded content of a good answer, else None.
        is_challenge: whether a refusal is a challenge to a browser.
    """

    status: int
    headers: Mapping[str, str]
    body: Body | None = field(repr=False)
    is_challenge: bool

    @property
    def validators(self) -> Validators:
        """What the server gave for the next request."""
        return Validators(
            etag=_usable(self.headers.get("etag")), last_modified=_usable(self.headers.get("last-modified"))
        )

    @property
    def location(self) -> str:
        """Where a redirect leads, as it stands in the header; servers send UTF-8 where Latin-1 is meant to be."""
        value = self.headers.get("location", "").strip()
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value


def _usable(validator: str | None) -> str | None:
    """Return a validator that can be sent back, None in place of others."""
    if not validator or len(validator) > _MAX_VALIDATOR_CHARS or not validator.isascii() or not validator.isprintable():
        return None
    return validator


class Client:
    """Asks one address once: no redirects, no retries, no cookies, no proxies, one connection each.

    Args:
        settings: limits and what newsbeam calls itself.
        dialer: opens the connections.
    """

    def __init__(self, settings: FetchSettings, dialer: Dialer) -> None:
        self._settings = settings
        self._dialer = dialer

    def ask(
        self,
        target: Target,
        purpose: Purpose,
        seconds: float,
        headers: Mapping[str, str],
        on_sent: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Return the answer of a server; that of a failure has a status and no body.

        Args:
            target: whom to ask.
            purpose: decides the limit of size, and whether the answer must be a page.
            seconds: time limit, from the look-up of the name to the last byte.
            headers: sent besides the usual ones.
            on_sent: called when the request was sent and the answer is still to come.

        Raises:
            FetchError: there is no answer, or a good one is not usable.
        """
        if seconds <= 0:
            raise FetchError(Reason.DEADLINE, "redirects and retries used up the time limit")
        deadline = time.monotonic() + seconds
        sock = self._dialer.dial(target, deadline)
        try:
            wire = Wire(sock, deadline, self._max_bytes(purpose) + _HEAD_BYTES)
            connection = HTTPConnection(target.host, target.port)
            connection.sock = wire
            connection.response_class = FinalResponse
            _send(connection, target.path, self._headers(target, purpose) | dict(headers))
            on_sent()
            return self._read_answer(_read_head(connection, wire), purpose)
        finally:
            self._dialer.hang_up(sock)

    def _headers(self, target: Target, purpose: Purpose) -> dict[str, str]:
        default_port = 443 if target.is_tls else 80
        host = target.netloc.removesuffix(f":{default_port}") if target.port == default_port else target.netloc
        return {
            "Host": host,
            "User-Agent": self._settings.user_agent,
            "Accept": _ACCEPT[purpose],
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }

    def _max_bytes(self, purpose: Purpose) -> int:
        limits = {"feed": self._settings.max_feed_bytes, "page": self._settings.max_page_bytes}
        return limits.get(purpose, MAX_ROBOTS_BYTES)

    def _read_answer(self, response: BaseHTTPResponse, purpose: Purpose) -> Answer:
        headers = _read_headers(response)
        status = response.status
        body, has_challenge = None, False
        if 200 <= status < 300:
            _check_status(status)
            body = self._read_body(response, headers, purpose)
        elif status in CHALLENGE_STATUSES and purpose != "robots":
            has_challenge = is_challenge(headers, _read_start(response, headers))
        return Answer(status=status, headers=headers, body=body, is_challenge=has_challenge)

    def _read_body(self, response: BaseHTTPResponse, headers: Mapping[str, str], purpose: Purpose) -> Body:
        """Return the decoded content; of a robots.txt as much as its limit allows."""
        media_type, _ = parse_content_type(headers.get("content-type", ""))
        if purpose == "page" and is_no_page_type(media_type):
            raise FetchError(Reason.NOT_HTML, f"the content is {media_type[:100]}")
        body, is_checked = Body(), purpose != "page"
        limit = self._max_bytes(purpose)
        for piece in _decoded(response, headers, limit + _HEAD_BYTES):
            body.append(piece)
            if body.size > limit:
                if purpose == "robots":
                    return body
                raise FetchError(Reason.TOO_LARGE, f"more than {limit:,} bytes")
            if not is_checked and body.size >= MAGIC_BYTES:
                is_checked = True
                _check_page(body)
        if not body.size and purpose != "robots":
            raise FetchError(Reason.EMPTY_BODY, f"status {response.status} without content")
        if not is_checked:
            _check_page(body)
        return body


def _read_headers(response: BaseHTTPResponse) -> dict[str, str]:
    """Return the headers, repeated ones joined.

    Raises:
        FetchError: `bad_redirect` for a redirect to several addresses.
    """
    headers = {name.lower(): ", ".join(response.headers.getlist(name)) for name in response.headers}
    if response.status in REDIRECTS and "location" in headers:
        place, *others = dict.fromkeys(response.headers.getlist("location"))
        if others:
            raise FetchError(Reason.BAD_REDIRECT, f"status {response.status} to {len(others) + 1} addresses")
        headers["location"] = place
    return headers


def _check_page(body: Body) -> None:
    if is_no_page(body.read(MAGIC_BYTES)):
        raise FetchError(Reason.NOT_HTML, "the content begins as a file of another kind")


def _check_status(status: int) -> None:
    if status == 206:
        raise FetchError(Reason.UNEXPECTED_206, "a part, though the whole was asked for")
    if status in _NO_CONTENT:
        raise FetchError(Reason.EMPTY_BODY, f"status {status}")


def _send(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> None:
    """Send a request.

    Raises:
        FetchError: `connection`, `deadline`.
    """
    connection.request("GET", path, headers=headers, preload_content=False, decode_content=False)


def _read_head(connection: HTTPConnection, wire: Wire) -> BaseHTTPResponse:
    """Return the answer to the request that was sent, with its body unread.

    Raises:
        FetchError: `bad_http`, `connection`, `deadline`.
    """
    try:
        response = connection.getresponse()
    except RemoteDisconnected as error:
        raise FetchError(Reason.CONNECTION, "closed without an answer") from error
    except InvalidHeader as error:
        raise FetchError(Reason.BAD_HTTP, str(error)) from error
    except (HTTPException, HTTPError, ValueError) as error:
        raise FetchError(Reason.BAD_HTTP, f"{type(error).__name__}: {error}") from error
    # The last line of a whole head is empty, so nobody reads on to the end behind it.
    if wire.has_ended:
        raise FetchError(Reason.CONNECTION, "closed within the headers")
    _check_framing(response)
    return response


def _check_framing(response: BaseHTTPResponse) -> None:
    """Refuse an answer whose end can't be told for sure (RFC 9112, 6.3)."""
    if response.status < 200:
        raise FetchError(Reason.BAD_HTTP, f"status {response.status} is no final answer")
    lengths = {length.strip() for length in response.headers.get("content-length", "0").split(",")}
    if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
        raise FetchError(Reason.BAD_HTTP, f"Content-Length: {', '.join(sorted(lengths))[:100]!r}")
    transfer = response.headers.get("transfer-encoding", "").strip().lower()
    if transfer not in ("", "chunked", "identity"):
        raise FetchError(Reason.BAD_HTTP, f"Transfer-Encoding: {transfer[:100]!r}")


def _read_wire(response: BaseHTTPResponse) -> Iterator[bytes]:
    """Yield the encoded content.

    Raises:
        FetchError: `incomplete_body`, `bad_http`, `deadline`, `too_large`.
    """
    try:
        yield from response.stream(_STEP_BYTES, decode_content=False)
    except HTTPError as error:
        if isinstance(error.__cause__, InvalidChunkLength):
            raise FetchError(Reason.BAD_HTTP, "a chunk whose size is no number") from error
        raise FetchError(Reason.INCOMPLETE_BODY, str(error)) from error
    except FetchError as error:
        if error.reason is not Reason.CONNECTION:
            raise
        raise FetchError(Reason.INCOMPLETE_BODY, error.detail) from error


def _decoded(response: BaseHTTPResponse, headers: Mapping[str, str], max_bytes: int) -> Iterator[bytes]:
    """Yield the content without its encodings."""
    decoder = Decoder(parse_encodings(headers.get("content-encoding", "")), max_bytes)
    for data in _read_wire(response):
        yield from decoder.feed(data)
    yield from decoder.end()


def _read_start(response: BaseHTTPResponse, headers: Mapping[str, str]) -> bytes:
    """Return the first bytes of a refusal; what can't be read of it doesn't matter."""
    start = b""
    try:
        for piece in _decoded(response, headers, _HEAD_BYTES):
            start += piece
            if len(start) >= CHALLENGE_BYTES:
                break
    except FetchError:
        return start
    return start
