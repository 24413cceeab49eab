"""The feeds of a job: those in the config, those in OPML files, those stored on disk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pipeline.config import Feeds
from pipeline.fetch import strip_credentials
from pipeline.sources.listing import list_files
from transforms.errors import ConfigError, InputError
from transforms.opml import parse_opml

Mode = Literal["page", "feed", "auto"]
FEED_FILE: Final = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed to read.

    Attributes:
        url: its address without credentials, or the path of a stored feed; names it in records and in the state.
        address: where to ask.
        mode: `page` fetches the page of each entry, `feed` takes the entry's own text, `auto` the page, and the entry's
            own full text where there is no page to be had.
        tags: what its reader filed it under.
        is_file: whether `url` is a path.
        parent: the sitemap index that named it, if one did.
    """

    url: str
    address: str = ""
    mode: Mode = "auto"
    tags: tuple[str, ...] = ()
    is_file: bool = False
    parent: str | None = None


def list_subscriptions(feeds: Feeds) -> list[Subscription]:
    """Return the feeds of a job, each once, in the order of the config.

    Raises:
        ConfigError: an OPML file is not readable.
        InputError: a stored feed is not there.
    """
    found: dict[str, Subscription] = {}
    for subscription in (*_from_config(feeds), *_from_opml(feeds), *_from_files(feeds)):
        found.setdefault(subscription.url, subscription)
    return list(found.values())


def _from_config(feeds: Feeds) -> Iterator[Subscription]:
    for feed in feeds.urls:
        yield Subscription(
            url=strip_credentials(feed.url), address=feed.url, mode=feed.fetch or feeds.fetch, tags=feed.tags
        )


def _from_opml(feeds: Feeds) -> Iterator[Subscription]:
    for name in feeds.opml:
        try:
            subscribed = parse_opml(Path(name).read_bytes())
        except OSError as error:
            raise ConfigError(f"source.feeds.opml: {name}: can't be read: {error.strerror}") from error
        except ValueError as error:
            raise ConfigError(f"source.feeds.opml: {name}: {error}") from error
        for feed in subscribed:
            yield Subscription(url=strip_credentials(feed.url), address=feed.url, mode=feeds.fetch, tags=feed.tags)


def _from_files(feeds: Feeds) -> Iterable[Subscription]:
    files = list_files(feeds.paths) if feeds.paths else []
    wrong = [file.uri for file in files if file.kind != FEED_FILE]
    if wrong:
        raise InputError(f"source.feeds.paths: {wrong[0]}: is no feed; its name must end in .xml, .rss, .atom or .rdf")
    return [Subscription(url=file.uri, mode=feeds.fetch, is_file=True) for file in files]
