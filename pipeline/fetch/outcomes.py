"""What is asked for, and what becomes of it."""

import tempfile
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final, Literal, Self

from pipeline.fetch.urls import show_url
from transforms.errors import Reason

Purpose = Literal["feed", "page", "robots"]
"""What an answer is for. Users ask for feeds (sitemaps too) and pages."""

MEMORY_BYTES: Final = 256 * 1024
"""A larger body waits in an unnamed temporary file, so that many large ones at once don't fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to recognise its own answer by (RFC 9110, 8.8).

    Attributes:
        etag: value of the ETag header as it was sent, or None.
        last_modified: value of the Last-Modified header as it was sent, or None.
    """

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """An address to fetch.

    Attributes:
        url: absolute address.
        purpose: `feed` for feeds and sitemaps, `page` for pages.
        validators: of the answer that is known already; with them the request is conditional.
        key: whatever the asker wants back with the outcome.
    """

    url: str
    purpose: Literal["feed", "page"]
    validators: Validators | None = None
    key: Hashable = None

    def __repr__(self) -> str:
        """Show the request without credentials: what is shown ends in logs."""
        return f"Request({show_url(self.url)}, purpose={self.purpose!r}, key={self.key!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A redirect that was followed: its status, such as 301, and the address it led to, without credentials."""

    status: int
    url: str


class Body:
    """The content of an answer, decoded. It is in memory if small, else in a temporary file, until it is closed."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - lives as long as the body
        self.size = 0

    def append(self, data: bytes) -> None:
        """Add `data` at the end."""
        self._file.seek(self.size)
        self._file.write(data)
        self.size += len(data)

    def read(self, max_bytes: int = -1) -> bytes:
        """Return the first `max_bytes` of the content, all of it by default; as often as wanted."""
        self._file.seek(0)
        return self._file.read(max_bytes)

    def close(self) -> None:
        """Give back memory and file; the content is gone."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A good answer.

    Attributes:
        url: the address that was asked for, without credentials.
        final_url: the address that answered, after redirects.
        status: such as 200.
        body: content, decoded; `body.read()` returns it.
        media_type: `type/subtype` of the Content-Type header in lower case, empty without one.
        charset: of the Content-Type header, in lower case, or None.
        validators: for the next request.
        redirects: those that were followed, in order.
        fetched_at: when the answer was complete, UTC.
        tries: requests that were sent to the address and to those it redirects to, retries included.
    """

    url: str
    final_url: str
    status: int
    body: Body = field(repr=False)
    media_type: str
    charset: str | None
    validators: Validators
    redirects: tuple[Redirect, ...]
    fetched_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The answer is the one known already.

    Attributes:
        url: the address that was asked for, without credentials.
        validators: for the next request: those of this answer, and of the request where the answer has none.
        redirects: those that were followed, in order.
        fetched_at: when the answer came, UTC.
        tries: requests that were sent.
    """

    url: str
    validators: Validators
    redirects: tuple[Redirect, ...]
    fetched_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disallowed:
    """Robots.txt forbids the address, or one that it redirects to; that one was not asked.

    Attributes:
        url: the address that was asked for, without credentials.
        forbidden_url: the address that is forbidden.
        robots_url: the robots.txt that forbids it.
        redirects: those that were followed, in order.
    """

    url: str
    forbidden_url: str
    robots_url: str
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No usable answer.

    Attributes:
        url: the address that was asked for, without credentials.
        reason: why.
        detail: the cause for people, without credentials.
        not_before: earliest time at which the server wants to be asked again, UTC, or None.
        status: of the last answer, or None if there was none.
        redirects: those that were followed, in order.
        tries: requests that were sent.
    """

    url: str
    reason: Reason
    detail: str
    not_before: datetime | None
    status: int | None
    redirects: tuple[Redirect, ...]
    tries: int

    @property
    def is_retryable(self) -> bool:
        """Whether another run may have more luck."""
        return self.reason.is_retryable


Outcome = Fetched | NotModified | Disallowed | Failed
