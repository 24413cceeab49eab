"""Tests of robots.txt and its memory."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import robots
from pipeline.fetch.robots import RobotsCache, RobotsRules

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ORIGIN = "https://news.example:443"


def rules(text: str, origin: str = ORIGIN, fetched_at: datetime = NOW) -> RobotsRules:
    """Return the rules of an origin."""
    return RobotsRules(origin=origin, text=text, fetched_at=fetched_at)


def test_the_longest_rule_of_the_own_group_decides() -> None:
    """Newsbeam's group counts alone, and in it the most specific rule (RFC 9309, 2.2.2)."""
    text = "User-agent: *\nDisallow: /\n\nUser-agent: newsbeam\nDisallow: /a\nAllow: /a/b\nCrawl-delay: 2.5\n"
    own = rules(text)
    allowed = [own.allows(f"https://news.example/{path}", "newsbeam") for path in ("", "a/c", "a/b/c")]
    assert [True, False, True] == allowed
    assert not own.allows("https://news.example/", "other")
    assert 2.5 == own.crawl_delay("newsbeam")


@pytest.mark.parametrize("name", ["newsbeam", "NewsBeam/1.0", " newsbeam/0.1 (all) # ours"])
def test_a_version_behind_the_name_does_not_matter(name: str) -> None:
    """Sites that name a version mean newsbeam, and only newsbeam."""
    own = rules(f"User-agent: {name}\nDisallow: /a\n\nUser-agent: *\nDisallow: /b")
    assert [False, True] == [own.allows(f"https://news.example/{path}", "newsbeam") for path in "ab"]


def test_no_rules_allow_all() -> None:
    """An origin without robots.txt may be asked, at the usual pace."""
    assert rules("").allows("https://news.example/a", "newsbeam")
    assert 0.0 == rules("").crawl_delay("newsbeam")


@given(st.text(alphabet="UserAgnt-aDilow:Cc\n *$/%0\ufeff\0", max_size=300), st.text(max_size=30))
def test_any_text_is_some_rules(text: str, path: str) -> None:
    """Whatever a robots.txt holds, it answers."""
    own = rules(text)
    assert own.allows(f"https://news.example/{path}", "newsbeam") in (True, False)
    assert own.crawl_delay("newsbeam") >= 0


def test_rules_are_believed_for_a_day() -> None:
    """Rules are known until they are 24 hours old; a time in the future is not trusted."""
    cache = RobotsCache([rules("a")])
    for hours, known in ((0, True), (23.9, True), (24, False), (-1, False)):
        assert known is (cache.get(ORIGIN, NOW + timedelta(hours=hours)) is not None)


def test_export_gives_what_a_new_cache_takes() -> None:
    """Rules survive as plain data, but for the stale ones."""
    fresh, stale = rules("a", "https://a.example:443"), rules("b", "https://b.example:443", NOW - timedelta(hours=30))
    exported = RobotsCache([fresh, stale]).export(NOW)
    assert (fresh,) == exported
    assert fresh == RobotsCache(exported).get(fresh.origin, NOW)


def test_newer_rules_replace_older_ones() -> None:
    """An origin has one set of rules, whatever the order they come in."""
    old, new = rules("a", fetched_at=NOW - timedelta(hours=1)), rules("b")
    assert new == RobotsCache([new, old]).get(ORIGIN, NOW)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the oldest rules are forgotten."""
    monkeypatch.setattr(robots, "MAX_CACHED_CHARS", 25)
    cache = RobotsCache()
    for number in range(5):
        cache.put(rules("x" * 10, f"https://{number}.example:443"))
    assert ["https://3.example:443", "https://4.example:443"] == [one.origin for one in cache.export(NOW)]
