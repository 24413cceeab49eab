"""What decides how newsbeam fetches."""

from dataclasses import dataclass
from typing import Final

from pipeline.fetch.urls import parse_netloc

_MEBIBYTE: Final = 1 << 20
_LEAST: Final = {
    **dict.fromkeys(("max_connections", "max_unpaced_requests", "max_tries", "max_feed_bytes", "max_page_bytes"), 1),
    **dict.fromkeys(("feed_seconds", "page_seconds"), 0.1),
    **dict.fromkeys(("seconds_between_requests", "max_crawl_delay", "max_redirects", "max_wait_seconds"), 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How politely, how long and how much is fetched.

    Attributes:
        user_agent: what newsbeam calls itself, with a way to reach who runs it. What stands before the first slash or
            space is the name that robots.txt knows it by.
        seconds_between_requests: between the starts of two requests to one registrable domain; a larger Crawl-delay
            counts instead. With 0 a domain is asked `max_unpaced_requests` times at once, else one at a time.
        allow_private_hosts: `host:port` that may be asked though they are not on the public internet; exactly these.
        robots_for_feeds: whether robots.txt also binds requests for feeds; it always binds those for pages.
        max_connections: domains that are asked at the same time.
        max_unpaced_requests: requests in flight to one domain if `seconds_between_requests` is 0.
        feed_seconds: time limit of a feed or robots.txt, end to end; the wait for a domain's turn doesn't count.
        page_seconds: the same for a page.
        max_feed_bytes: largest feed, decoded.
        max_page_bytes: largest page, decoded.
        max_crawl_delay: seconds; a larger Crawl-delay counts as this.
        max_redirects: redirects that are followed.
        max_tries: requests in all for an answer that failed and may succeed if asked again.
        max_wait_seconds: longest wait for a retry within a run.

    Raises:
        ValueError: a value can't be used.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - read by pydantic: a wrong key of a config is refused

    user_agent: str = "newsbeam/0.1 (no contact given)"
    seconds_between_requests: float = 5.0
    allow_private_hosts: tuple[str, ...] = ()
    robots_for_feeds: bool = True
    max_connections: int = 32
    max_unpaced_requests: int = 8
    feed_seconds: float = 10.0
    page_seconds: float = 30.0
    max_feed_bytes: int = 15 * _MEBIBYTE
    max_page_bytes: int = 10_000_000
    max_crawl_delay: float = 60.0
    max_redirects: int = 5
    max_tries: int = 3
    max_wait_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not self.user_agent.isascii() or not self.user_agent.isprintable() or not self.robots_name:
            raise ValueError(f"user_agent must be printable ASCII and begin with a name, got {self.user_agent!r}")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least:g}, got {getattr(self, name)}")
        for netloc in self.allow_private_hosts:
            parse_netloc(netloc)

    @property
    def robots_name(self) -> str:
        """The product token by which robots.txt addresses newsbeam (RFC 9309, 2.2.1)."""
        words = self.user_agent.partition("/")[0].split()
        return words[0] if words else ""
