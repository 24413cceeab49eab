"""Feeds: bytes -> entries. RSS, RDF, Atom, JSON Feed, sitemaps; and where a page names them."""

from transforms.feeds.parse import parse_feed
from transforms.feeds.parsed import MAX_ENTRIES, FeedKind, ParsedFeed

__all__ = ["MAX_ENTRIES", "FeedKind", "ParsedFeed", "parse_feed"]
