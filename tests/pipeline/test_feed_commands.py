"""Tests of what the commands for feeds say."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.feed_commands import describe_feeds, parse_duration, print_feeds
from pipeline.polling.schedule import FeedState
from pipeline.state import State
from transforms.errors import ConfigError

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


@given(st.integers(1, 10_000), st.sampled_from(["s", "m", "h", "d"]))
def test_a_duration_is_a_number_with_a_unit(number: int, unit: str) -> None:
    """Seconds, minutes, hours or days; fractions and spaces around it are fine."""
    seconds = number * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert seconds == parse_duration(f" {number}{unit} ") == parse_duration(f"{number}.0{unit}")


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "0s", "0.0h", "5w", "1h30m", "1e3s", "٣s", "inf"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With examples of what is one."""
    with pytest.raises(ConfigError, match="must be a duration such as 90s"):
        parse_duration(text)


def test_feeds_are_told_by_their_health(tmp_path: Path) -> None:
    """A feed is gone, failing, new or ok; the worst stand first in the table."""
    feeds = [
        FeedState(url="ok", last_success_at=NOW, last_new_at=NOW, next_poll_at=NOW, entries=7),
        FeedState(url="new"),
        FeedState(url="failing", failures=2, last_error="deadline: too slow", last_success_at=NOW, retry_at=LATER),
        FeedState(url="gone", gone_at=NOW, failures=1, last_error="feed_gone: status 410"),
    ]
    State(str(tmp_path)).write_feeds({feed.url: feed for feed in feeds})
    described = describe_feeds(State(str(tmp_path)), NOW)
    assert {feed.url: feed.url for feed in feeds} == {one["url"]: one["health"] for one in described}
    assert "2026-03-04T05:06:07+00:00" in {one["next_poll_at"] for one in described}
    pauses = {one["url"]: (one["paused_by"], one["paused_until"]) for one in described if one["paused_by"]}
    assert {"gone": ("feed_gone", None), "failing": ("backed_off", "2026-03-04T08:06:07+00:00")} == pauses
    printed = StringIO()
    print_feeds(Console(file=printed, width=150), described)
    assert ["feed", "gone", "failing", "new", "ok"] == [line.split()[0] for line in printed.getvalue().splitlines()]
    for expected in ("2026-03-04 05:06", "2026-03-04 08:06 (backed_off)", "for good (feed_gone)"):
        assert expected in printed.getvalue()
