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

from enum import StrEnum

MAX_DETAIL_CHARS = 200


class Reason(StrEnum):
    """Why an input became a dead letter. The value is what is written; nothing else is ever written.

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

    @property
    def is_retryable(self) -> bool:
        """Whether the same input may succeed another time."""
        return self in {Reason.UNREADABLE, Reason.CHANGED_INPUT, Reason.WORKER_CRASHED, Reason.TIMED_OUT}


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
