"""Streams: what ticks find is written once, whatever is sent again."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest

from pipeline.check import check_job
from pipeline.feed_run import run_again
from pipeline.output import Output
from pipeline.replay import open_dead_letters, plan_replay_of_fetched
from pipeline.schema import article_to_row
from pipeline.state import State
from pipeline.stream_run import first_tick, join_old_windows, plan_stream, run_stream
from pipeline.streaming.graph import StreamJob
from pipeline.streaming.polls import Pace
from pipeline.streaming.windows import write_window
from tests.conftest import make_article
from tests.pipeline.streaming.conftest import (
    EVERY,
    Publisher,
    hash_files,
    make_job,
    read_manifests,
    read_rows,
    send,
    show_page,
)
from tests.servers import Reply
from transforms.errors import ConfigError, RunError

pytestmark = pytest.mark.slow

Follow = Callable[..., StreamJob]
Tick = Callable[[int], float]


def root(job: StreamJob) -> Path:
    """Return the output of a job."""
    return Path(job.config.output.path)


def test_each_entry_is_written_once_and_the_windows_add_up(follow: Follow, publisher: Publisher, tick: Tick) -> None:
    """Two ticks of a feed that grows: its articles once, the page without text a dead letter, nothing lost."""
    job = follow()
    publisher.published = 3
    send(job, [tick(1)])
    publisher.published = 5
    send(job, [tick(2)])
    assert sorted(row["url"][-4:] for row in read_rows(root(job))) == ["/a/1", "/a/2", "/a/3", "/a/4"]
    first, second = read_manifests(root(job))
    assert (first["counts"]["inputs"], first["counts"]["records"], first["counts"]["dead_letters"]) == (3, 2, 1)
    assert (second["counts"]["records"], second["lost"], first["lost"]) == (2, 0, 0)
    dead = [json.loads(line) for path in root(job).glob("dead_letters/*") for line in path.open()]
    assert [letter["reason"] for letter in dead] == list(first["dead_letter_reasons"])


def test_a_tick_that_is_sent_again_gives_the_same_bytes_and_asks_nobody(
    follow: Follow, publisher: Publisher, tick: Tick
) -> None:
    """An engine that goes back to a checkpoint sends ticks again; the log answers, though the feed has changed."""
    job = follow()
    publisher.published = 4
    ticks = [tick(1)]
    send(job, ticks)
    before, asked = hash_files(root(job)), len(publisher.server.requests)
    publisher.published = 9
    send(job, ticks)
    assert hash_files(root(job)) == before
    assert len(publisher.server.requests) == asked


def test_the_output_is_made_anew_from_the_log(follow: Follow, publisher: Publisher, tick: Tick) -> None:
    """If the files of a window were never published, sending its ticks again publishes the same ones."""
    job = follow()
    publisher.published = 4
    ticks = [tick(0), tick(1)]
    send(job, ticks)
    before = hash_files(root(job))
    for folder in ("articles", "runs", "dead_letters", "_state"):
        shutil.rmtree(root(job) / folder)
    send(job, ticks)
    assert hash_files(root(job)) == before


def test_versions_of_an_earlier_run_are_duplicates(follow: Follow, publisher: Publisher, tick: Tick) -> None:
    """A stream with a new name on the same output writes nothing that stands there already."""
    job = follow()
    publisher.published = 3
    send(job, [tick(1)])
    again = plan_stream(job.config, "other")
    send(again, [tick(1)])
    assert len(read_rows(root(job))) == 2
    assert read_manifests(root(job))[-1]["counts"]["duplicates"] == 2


class Silent:
    """Watches a run and says nothing."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Do nothing."""


def test_dead_letters_of_a_window_can_be_run_again(follow: Follow, publisher: Publisher, tick: Tick) -> None:
    """By newsbeam's own workers: a page that has a text by now becomes an article."""
    job = follow()
    publisher.published = 1
    send(job, [tick(1)])
    publisher.server.routes["/a/0"] = Reply(body=show_page(0))
    (letters,) = open_dead_letters(Output(root(job)))
    begun, _ = plan_replay_of_fetched(letters, Output(root(job)), [])
    assert run_again(begun, Silent())["counts"]["records"] == 1
    assert not list(open_dead_letters(Output(root(job))))


def test_entries_that_wait_for_their_page_count_when_it_comes(
    follow: Follow, publisher: Publisher, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that is read again while its pages wait names known entries again, and all windows add up."""
    monkeypatch.setattr(Pace, "max_pages", lambda *_: 2)
    job = follow()
    publisher.published = 6
    send(job, [tick(0), tick(1), tick(2)])
    assert [f"/a/{number}" for number in range(6)] == sorted(publisher.pages_asked())
    assert [0, 0, 0] == [manifest["lost"] for manifest in read_manifests(root(job))]
    assert [2, 8, 8] == [manifest["counts"]["inputs"] for manifest in read_manifests(root(job))]


def test_a_stale_tick_polls_nothing(follow: Follow, publisher: Publisher, tick: Tick) -> None:
    """A tick that comes long after its time is passed over: a later one asks."""
    publisher.published = 3
    job = follow()
    send(job, [tick(-20)])
    assert not publisher.server.requests


def test_new_files_are_read_once_they_are_whole(tmp_path: Path, tick: Tick) -> None:
    """A file is read at the tick at which its size is that of the tick before; one that grows later is read again."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.html").write_bytes(show_page(1))
    job = make_job(tmp_path / "out", {"articles": {"paths": [str(pages / "*.html")]}})
    send(job, [tick(-3)])
    assert not read_rows(root(job))
    send(job, [tick(-2)])
    (pages / "b.html").write_bytes(show_page(2))
    send(job, [tick(-1)])
    send(job, [tick(0)])
    send(job, [tick(1)])
    assert sorted(Path(row["source_uri"]).name for row in read_rows(root(job))) == ["a.html", "b.html"]
    assert [manifest["lost"] for manifest in read_manifests(root(job))] == [0, 0]


def test_a_stream_goes_on_with_the_first_window_that_is_not_finished(
    follow: Follow, publisher: Publisher, tick: Tick
) -> None:
    """Without a manifest its window is done again; with all of them the stream goes on behind the last."""
    job = follow()
    output = Output(root(job))
    publisher.published = 2
    send(job, [tick(0)])
    publisher.published = 4
    send(job, [tick(1)])
    first, second = sorted(output.runs.glob("*.json"))
    now = datetime.fromtimestamp(tick(1), UTC)
    assert first_tick(job, output, now).timestamp() == tick(1) + EVERY
    second.unlink()
    assert first_tick(job, output, now).timestamp() == tick(1)
    first.unlink()
    assert first_tick(job, output, now).timestamp() == tick(0)


def test_what_is_remembered_of_old_windows_is_joined(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files would grow for ever; windows that a checkpoint may go back to keep theirs, no version is lost."""
    monkeypatch.setattr("pipeline.state.MAX_INGESTED_FILES", 1)
    place = follow().place
    begins = ["20260301T120000Z", "20260301T120100Z", "20260302T130000Z"]
    for number, begin in enumerate(begins):
        article = make_article(id=f"{number:032x}", version_id=f"{number:032x}")
        write_window(place, f"news-{begin}-00", [article_to_row(article, "news")])
    join_old_windows(follow(), datetime(2026, 3, 2, 12, 30, tzinfo=UTC))
    known = dict(State(place.state).versions_by_run())
    assert [f"joined-news-{begins[1]}-00", f"news-{begins[2]}-00"] == sorted(known)
    assert [f"{number:032x}" for number in range(3)] == sorted(v for versions in known.values() for v in versions)


def test_an_endless_job_needs_an_engine(tmp_path: Path) -> None:
    """A runner that ends with its input is refused at once, with what to do; so is what a stream does not read."""
    feeds = {"feeds": {"urls": ["https://a.example/rss.xml"]}}
    for runner in ("DirectRunner", "FnApiRunner", "SparkRunner"):
        with pytest.raises(ConfigError, match=f"run.runner: {runner} ends with its input.*--every"):
            make_job(tmp_path, feeds, run={"runner": runner})
    with pytest.raises(ConfigError, match=r"articles\.urls: is read once"):
        make_job(tmp_path, {"articles": {"urls": ["https://a.example/1"]}})


def test_a_stream_is_checked_before_its_files_are_there(tmp_path: Path, publisher: Publisher) -> None:
    """`newsbeam check` builds its graph, names what it watches, and sends no request."""
    source = {"feeds": {"urls": [publisher.server.url("/feed.xml")]}, "articles": {"paths": ["incoming/*.html"]}}
    checked = check_job(make_job(tmp_path, source).config)
    assert (checked["watched"], checked["run_id"]) == (["incoming/*.html"], None)
    assert not publisher.server.requests


class _Failing:
    """A pipeline whose worker died."""

    def __init__(self) -> None:
        self.is_cancelled = False

    def wait_until_finish(self) -> None:
        """Fail as Beam does."""
        raise RuntimeError("Pipeline job-001 failed in state FAILED: SDK worker disconnected\nand more")

    def cancel(self) -> None:
        """Note that it was asked to stop."""
        self.is_cancelled = True


def test_an_engine_that_fails_ends_the_run_with_its_reason(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the runner, the engine's words and what to do; what is left of the pipeline is stopped."""
    failing = _Failing()
    monkeypatch.setattr(beam.Pipeline, "run", lambda _: failing)
    with pytest.raises(RunError, match=r"PrismRunner: Pipeline job-001 failed .* disconnected; run the same command"):
        run_stream(follow().config, "news")
    assert failing.is_cancelled


def test_a_stream_can_not_be_divided_anew(follow: Follow) -> None:
    """The log is kept by group, so that another number of groups is refused, with what to do."""
    job = follow()
    (Path(job.log)).mkdir(parents=True)
    (Path(job.log) / "stream.json").write_text(json.dumps({"groups": 7, "window_seconds": EVERY}))
    with pytest.raises(ConfigError, match=r"stream\.groups: was 7 .* --run-id"):
        run_stream(job.config, "news")
