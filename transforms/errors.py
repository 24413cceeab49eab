"""Errors of newsbeam, and the closed list of reasons for which an input becomes a dead letter.

NewsbeamError
|-- ConfigError        the config or the command line is wrong
|-- InputError         an input does not exist or can't be listed
|-- ArticleError       one article can't be used; carries a Reason; becomes a dead letter
|-- OutputError        the output can't be written, is in use, or belongs to another run
|-- RunError           workers keep failing, through no fault of one article
|-- DeadShareError     more inputs became dead letters than the config allows
`-- ConservationError  the counts of a run do not add up
"""

import re
from enum import StrEnum
from typing import Self

MAX_DETAIL_CHARS = 200


class Reason(StrEnum):
    """Why an input became a dead letter. The value is what is written; nothing else is ever written.

    Besides the members there is one reason for each HTTP status, such as `Reason("http_404")`.
    `is_retryable` says whether trying again, unchanged, may help.
    """

    UNREADABLE = "unreadable"
    """The file can't be opened or read (missing, no permission, an I/O error)."""
    CORRUPT = "corrupt"
    """The container is damaged: cut or wrong gzip, WARC or Parquet data."""
    BAD_JSON = "bad_json"
    """The line is not a JSON object."""
    NO_CONTENT_COLUMN = "no_content_column"
    """The record has neither an `html` nor a `text` value."""
    BAD_VALUE = "bad_value"
    """A value of the record has the wrong type."""
    CHANGED_INPUT = "changed_input"
    """The file is not what it was when the run was planned."""
    TOO_LARGE = "too_large"
    """The article is larger than the limit."""
    EMPTY_INPUT = "empty_input"
    """There are no characters but white space."""
    BINARY_INPUT = "binary_input"
    """The bytes are not text in any encoding."""
    TOO_MANY_ELEMENTS = "too_many_elements"
    """The page has more elements than the limit."""
    TOO_DEEP = "too_deep"
    """The page is nested deeper than the limit."""
    NO_TEXT = "no_text"
    """The page holds no article text."""
    TOO_SHORT = "too_short"
    """The text is shorter than the configured minimum."""
    DROPPED_FLAG = "dropped_flag"
    """The article has a quality flag that the config drops."""
    EXTRACTION_FAILED = "extraction_failed"
    """The extractor raised an error."""
    WORKER_CRASHED = "worker_crashed"
    """The process that worked on it died, twice."""
    TIMED_OUT = "timed_out"
    """A step worked on it for longer than the limit, twice."""

    BAD_URL = "bad_url"
    """The address can't be read, or is longer than the limit."""
    BAD_SCHEME = "bad_scheme"
    """The address is neither http nor https."""
    PRIVATE_ADDRESS = "private_address"
    """The host is, or resolves to, an address that is not on the public internet."""
    DNS = "dns"
    """The host's name does not resolve."""
    CONNECTION = "connection"
    """The connection was refused, reset or closed before an answer."""
    TLS = "tls"
    """The certificate or the handshake is wrong."""
    DEADLINE = "deadline"
    """The answer was not complete within the time limit."""
    INCOMPLETE_BODY = "incomplete_body"
    """The answer ended before its stated or encoded end."""
    BAD_HTTP = "bad_http"
    """The answer is not valid HTTP."""
    BAD_ENCODING = "bad_encoding"
    """The content encoding is unknown, nested too deep, or does not decode."""
    EMPTY_BODY = "empty_body"
    """The answer has no content."""
    BAD_REDIRECT = "bad_redirect"
    """A redirect without a usable address."""
    REDIRECT_LOOP = "redirect_loop"
    """A redirect led back to an address that was asked already."""
    TOO_MANY_REDIRECTS = "too_many_redirects"
    """More redirects than the limit."""
    RATE_LIMITED = "rate_limited"
    """The server asks to come back later than a run can wait."""
    BOT_CHALLENGE = "bot_challenge"
    """The answer is a challenge that only a browser passes."""
    UNEXPECTED_304 = "unexpected_304"
    """Not modified, though the request was not conditional."""
    UNEXPECTED_206 = "unexpected_206"
    """A part, though the whole was asked for."""
    NOT_HTML = "not_html"
    """The answer is no page: a picture, a PDF, a video."""
    FEED_GONE = "feed_gone"
    """The server says that the feed is gone for good (410)."""
    NOT_A_FEED = "not_a_feed"
    """The document is no RSS, RDF, Atom, JSON Feed or sitemap."""
    BAD_XML = "bad_xml"
    """The feed's XML is not readable, and no entry could be salvaged."""
    FEED_TRUNCATED = "feed_truncated"
    """The feed ends in the middle; the entries before the cut were used."""
    NO_LINK = "no_link"
    """The feed entry has no address and no text of its own."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """Return the reason of an HTTP status, made when it is first asked for."""
        if not isinstance(value, str) or not re.fullmatch(r"http_[1-9][0-9]{2}", value):
            return None
        reason = str.__new__(cls, value)
        reason._name_, reason._value_ = value.upper(), value
        return cls._value2member_map_.setdefault(value, reason)  # type: ignore[return-value]

    @property
    def is_retryable(self) -> bool:
        """Whether the same input may succeed another time."""
        return self in _RETRYABLE or self.startswith("http_5")


_RETRYABLE = {
    *(Reason.UNREADABLE, Reason.CHANGED_INPUT, Reason.WORKER_CRASHED, Reason.TIMED_OUT),
    *(Reason.DNS, Reason.CONNECTION, Reason.DEADLINE, Reason.INCOMPLETE_BODY, Reason.RATE_LIMITED),
    *(Reason("http_408"), Reason("http_425"), Reason("http_429")),
}


class NewsbeamError(Exception):
    """Any error that newsbeam raises on purpose; its text names the file or URL and what to do."""


class ConfigError(NewsbeamError):
    """The config or the command line is wrong."""


class InputError(NewsbeamError):
    """An input does not exist or can't be listed."""


class OutputError(NewsbeamError):
    """The output can't be written, is in use, or belongs to another run."""


class RunError(NewsbeamError):
    """Workers keep failing, through no fault of one article."""


class DeadShareError(NewsbeamError):
    """More inputs became dead letters than the config allows."""


class ConservationError(NewsbeamError):
    """The counts of a run do not add up: an input was lost or counted twice."""


class ArticleError(NewsbeamError):
    """One article can't be used.

    Attributes:
        reason: out of the closed list.
        detail: the cause for people, cut at 200 characters.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail[:MAX_DETAIL_CHARS]
        super().__init__(reason, self.detail)

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"
