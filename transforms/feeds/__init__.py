"""Feeds: bytes -> entries. RSS, RDF, Atom, JSON Feed and sitemaps; and where a page names them."""

from transforms.feeds.discovery import FeedLink, find_feeds
from transforms.feeds.parse import parse_feed
from transforms.feeds.parsed import MAX_ENTRIES, FeedKind, ParsedFeed

__all__ = ["MAX_ENTRIES", "FeedKind", "FeedLink", "ParsedFeed", "find_feeds", "parse_feed"]
