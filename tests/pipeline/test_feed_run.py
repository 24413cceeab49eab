"""Whole runs over feeds: a real server, real workers, output read back."""

import dataclasses
import gzip
import html
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.feed_run import has_due_feed, run_again, run_feeds
from pipeline.launch import Manifest
from pipeline.output import Output
from pipeline.polling.schedule import FeedState, now_utc
from pipeline.replay import open_dead_letters, plan_replay_of_fetched, split_letters
from pipeline.state import State
from tests.newsroom import SENTENCES, Newsroom, feeds, job, letters, numbers, page, rows, rss, with_validators
from tests.servers import Reply, Seen
from transforms.errors import DeadShareError, OutputError

pytestmark = pytest.mark.slow


class Silent:
    """Watches a run and says nothing."""

    def update(self, done: float, total: int, dead: int, what: str = "articles") -> None:
        """Check that the figures make sense."""
        assert 0 <= done <= total
        assert 0 <= dead <= total


@pytest.fixture
def server() -> Iterator[Newsroom]:
    """A newsroom with no feed yet."""
    with Newsroom() as newsroom:
        yield newsroom


def run(server: Newsroom, output: Path, **sections: Any) -> Manifest:  # noqa: ANN401 - sections of a config
    """Run a job once; return its manifest, found to add up. The server's log is that of this run."""
    server.forget()
    *_, manifest = run_feeds(job(server, output, **sections), Silent())
    numbers(manifest)
    assert not (output / "_staging").exists()
    return manifest


def test_an_unchanged_feed_costs_one_conditional_request(server: Newsroom, tmp_path: Path) -> None:
    """The second run writes nothing, asks each feed once, with its validator, and asks for no page."""
    server.publish("/feed.xml", range(3), etag='"a"')
    server.publish("/other.xml", range(10, 14), etag='"b"')
    source = feeds(server.url("/feed.xml"), server.url("/other.xml"))
    assert numbers(run(server, tmp_path, source=source)) == {"inputs": 7, "records": 7}
    assert numbers(run(server, tmp_path, source=source)) == {"inputs": 2, "not_modified": 2}
    assert ["/feed.xml", "/other.xml"] == server.paths()
    assert {'"a"', '"b"'} == {seen.headers["if-none-match"] for seen in server.requests}
    assert len(rows(tmp_path)) == 7


def test_new_entries_give_new_rows_and_no_others(server: Newsroom, tmp_path: Path) -> None:
    """A feed with 5 new entries beside old ones gives exactly 5 rows and 5 requests for pages."""
    server.publish("/feed.xml", range(4), etag='"1"')
    run(server, tmp_path)
    server.publish("/feed.xml", range(2, 9), etag='"2"')
    assert numbers(run(server, tmp_path)) == {"inputs": 7, "records": 5, "duplicates": 2}
    assert [f"/report/{number}" for number in range(4, 9)] == server.pages_asked()
    assert [server.url(f"/report/{number}") for number in range(9)] == [row["url"] for row in rows(tmp_path)]


@pytest.mark.parametrize("is_etag_kept", [True, False])
def test_a_feed_that_lies_about_its_validators_is_found_out(
    is_etag_kept: bool, server: Newsroom, tmp_path: Path
) -> None:
    """A server that says 304 to anything hides new entries from the second run, not from the third."""
    content: dict[str, Any] = {"body": b"", "etag": '"1"'}

    def lie(seen: Seen) -> Reply:
        if "if-none-match" in seen.headers:
            return Reply(status=304, body=b"", headers={"ETag": seen.headers["if-none-match"]})
        return Reply(body=content["body"], headers={"ETag": content["etag"]}, content_type="application/rss+xml")

    server.routes["/feed.xml"] = lie
    content["body"] = rss(server.links(range(3)))
    run(server, tmp_path)
    content |= {"body": rss(server.links(range(8))), "etag": '"1"' if is_etag_kept else '"2"'}
    assert numbers(run(server, tmp_path)) == {"inputs": 1, "not_modified": 1}
    assert numbers(run(server, tmp_path)) == {"inputs": 8, "records": 5, "duplicates": 3}
    assert len(rows(tmp_path)) == 8
    (state,) = State(str(tmp_path / "_state")).read_feeds().values()
    assert state.trusts_validators is not is_etag_kept


def known_feed(output: Path) -> FeedState:
    """Return what is known of the only feed."""
    (state,) = State(str(output / "_state")).read_feeds().values()
    return state


def edit_feed(output: Path, **changes: Any) -> None:  # noqa: ANN401 - fields of FeedState
    """Change what is known of the only feed."""
    edited = dataclasses.replace(known_feed(output), **changes)
    State(str(output / "_state")).write_feeds({edited.url: edited})


def let_pauses_pass(output: Path) -> None:
    """Have the entries that wait for another try wait no more."""
    state = State(str(output / "_state"))
    table = state.read_entries().updated((), now_utc())
    never = pa.nulls(len(table), table.schema.field("not_before").type)
    state.write_entries(
        table.set_column(table.schema.get_field_index("not_before"), table.schema.field("not_before"), never)
    )


FULL_TEXT = (
    "<content:encoded>" + html.escape(" ".join(f"<p>{line}</p>" for line in SENTENCES * 3)) + "</content:encoded>"
)


def full_feed(links: list[str]) -> Reply:
    """Return a feed with the full text of its entries."""
    body = rss(links, more=FULL_TEXT).replace(
        b"<rss ", b'<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    )
    return Reply(body=body, content_type="application/rss+xml")


@pytest.mark.parametrize(
    ("mode", "expected", "pages"),
    [
        ("page", {"inputs": 3, "records": 1, "skipped": 1, "dead_letters": 1}, 2),
        ("feed", {"inputs": 3, "records": 3}, 0),
        ("auto", {"inputs": 3, "records": 2, "skipped": 1}, 2),
    ],
)
def test_text_comes_from_the_page_or_the_feed(
    mode: str, expected: dict[str, int], pages: int, server: Newsroom, tmp_path: Path
) -> None:
    """`page` fetches, `feed` does not, `auto` takes the feed's text for a page that is gone; robots bind both."""
    links = [*server.links([1]), server.url("/report/gone"), server.url("/report/secret")]
    server.routes["/feed.xml"] = full_feed(links)
    server.routes["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /report/secret", content_type="text/plain")
    manifest = run(server, tmp_path, source=feeds(server.url("/feed.xml"), fetch=mode))
    assert numbers(manifest) == expected
    assert len(server.pages_asked()) == pages
    assert "/report/secret" not in server.paths()
    gone = {row["url"]: row for row in rows(tmp_path)}.get(links[1])
    assert (gone is None) == (mode == "page")
    assert gone is None or SENTENCES[0] in gone["text"]
    assert manifest["skipped_reasons"] == ({} if mode == "feed" else {"robots_disallowed": 1})
    assert manifest["dead_letter_reasons"] == ({"http_404": 1} if mode == "page" else {})


def test_folders_of_a_subscription_list_become_keywords(server: Newsroom, tmp_path: Path) -> None:
    """Feeds of an OPML file are read, each once, and its folders stand among the keywords."""
    server.publish("/feed.xml", [1])
    outline = f'<outline type="rss" xmlUrl="{server.url("/feed.xml")}"/>'
    opml = tmp_path / "feeds.opml"
    opml.write_text(f'<opml version="2.0"><body><outline text="Local">{outline}</outline>{outline}</body></opml>')
    run(server, tmp_path / "out", source={"feeds": {"opml": str(opml)}})
    (row,) = rows(tmp_path / "out")
    assert "Local" in row["keywords"]
    assert server.paths() == ["/feed.xml", "/report/1"]


def sitemap(*links: str) -> bytes:
    """Return a news sitemap."""
    news = "<n:news><n:title>Report of the day</n:title></n:news>"
    urls = "".join(f"<url><loc>{link}</loc>{news}</url>" for link in links)
    schemas = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f"<urlset {schemas}>{urls}</urlset>".encode()


def test_an_unchanged_sitemap_index_does_not_hide_new_entries(server: Newsroom, tmp_path: Path) -> None:
    """Sitemaps of an index are read, gzipped ones too, and polled though the index itself has not changed."""
    children = "".join(f"<sitemap><loc>{server.url(path)}</loc></sitemap>" for path in ("/one.xml", "/two.xml.gz"))
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    index = f'<sitemapindex xmlns="{schema}">{children}</sitemapindex>'.encode()
    server.routes["/feed.xml"] = with_validators(index, '"i"', content_type="application/xml")
    server.routes["/one.xml"] = with_validators(sitemap(*server.links([1])), '"1"', content_type="application/xml")
    server.routes["/two.xml.gz"] = Reply(
        body=gzip.compress(sitemap(*server.links([2]))), content_type="application/gzip"
    )
    assert numbers(run(server, tmp_path)) == {"inputs": 2, "records": 2}
    server.routes["/one.xml"] = with_validators(sitemap(*server.links([3, 1])), '"2"', content_type="application/xml")
    expected = {"inputs": 4, "records": 1, "duplicates": 2, "not_modified": 1}
    assert numbers(run(server, tmp_path)) == expected
    assert server.paths() == ["/feed.xml", "/one.xml", "/report/3", "/two.xml.gz"]


def test_stored_feeds_pages_and_json_feeds_are_read(server: Newsroom, tmp_path: Path) -> None:
    """A gzipped feed on disk, a page that the job names and a JSON Feed give rows, and none in the next run."""
    stored = tmp_path / "stored.xml.gz"
    stored.write_bytes(gzip.compress(rss(server.links([1, 2]))))
    json_feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Wire",
        "items": [{"id": "5", "url": server.links([5])[0], "title": "Report 5"}],
    }
    server.routes["/feed.json"] = Reply(body=json.dumps(json_feed).encode(), content_type="application/feed+json")
    source = feeds(server.url("/feed.json"), paths=[str(stored)]) | {"articles": {"urls": server.links([7])}}
    out = tmp_path / "out"
    assert numbers(run(server, out, source=source)) == {"inputs": 4, "records": 4}
    assert [row["source_kind"] for row in rows(out)] == ["feed", "feed", "feed", "url"]
    assert numbers(run(server, out, source=source)) == {"inputs": 4, "duplicates": 4}
    assert server.pages_asked() == []


@pytest.mark.parametrize(("status", "third"), [(301, ["/new.xml"]), (302, ["/feed.xml", "/new.xml"])])
def test_a_move_for_good_is_believed_at_second_sight(
    status: int, third: list[str], server: Newsroom, tmp_path: Path
) -> None:
    """After two runs that met a 301 the new address is asked directly; after a 302 never."""
    server.routes["/feed.xml"] = Reply(status=status, body=b"", headers={"Location": "/new.xml"})
    server.publish("/new.xml", [1])
    for _ in range(2):
        run(server, tmp_path)
        assert {"/feed.xml", "/new.xml"} <= set(server.paths())
    run(server, tmp_path)
    assert third == server.paths()
    assert len(rows(tmp_path)) == 1


def test_a_feed_that_is_gone_is_asked_no_more(server: Newsroom, tmp_path: Path) -> None:
    """A 410 is a dead letter; the next run sends nothing and says why."""
    server.routes["/feed.xml"] = Reply(status=410, body=b"gone")
    assert run(server, tmp_path)["dead_letter_reasons"] == {"feed_gone": 1}
    assert run(server, tmp_path)["skipped_reasons"] == {"feed_gone": 1}
    assert server.requests == []


def test_a_server_that_asks_for_a_long_pause_gets_it(server: Newsroom, tmp_path: Path) -> None:
    """Until its Retry-After is over a feed is a skipped input and is sent nothing; then it is asked again."""
    server.routes["/feed.xml"] = Reply(status=503, body=b"", headers={"Retry-After": "7200"})
    assert run(server, tmp_path)["dead_letter_reasons"] == {"rate_limited": 1}
    assert run(server, tmp_path)["skipped_reasons"] == {"not_before": 1}
    assert server.requests == []
    server.publish("/feed.xml", [1])
    edit_feed(tmp_path, not_before=now_utc() - timedelta(seconds=1), retry_at=None)
    assert numbers(run(server, tmp_path)) == {"inputs": 1, "records": 1}


@pytest.mark.parametrize("status", [404, 410, 503])
def test_a_failing_feed_is_passed_over_until_its_pause_is_over(status: int, server: Newsroom, tmp_path: Path) -> None:
    """A run that asks all feeds leaves a failing one alone and says until when; force asks it, and success heals it."""
    source = feeds(server.url("/feed.xml"), server.url("/well.xml"))
    server.routes["/feed.xml"] = Reply(status=status, body=b"")
    server.publish("/well.xml", [2])
    one_try: dict[str, Any] = {"source": source, "fetch": {"max_tries": 1}}
    assert numbers(run(server, tmp_path, **one_try)) == {"inputs": 2, "records": 1, "dead_letters": 1}
    server.publish("/feed.xml", [1])
    manifest = run(server, tmp_path, **one_try)
    assert numbers(manifest) == {"inputs": 2, "skipped": 1, "not_modified": 1}
    assert server.paths() == ["/well.xml"]
    (passed,) = manifest["feeds"]["passed_over"]
    assert (server.url("/feed.xml"), "feed_gone" if status == 410 else "backed_off") == (
        passed["url"],
        passed["reason"],
    )
    until = State(str(tmp_path / "_state")).read_feeds()[passed["url"]].retry_at
    assert until is not None
    assert (None if status == 410 else until.isoformat()) == passed["until"]
    (forced,) = run_feeds(job(server, tmp_path, **one_try), Silent(), asked="all")
    assert numbers(forced) == {"inputs": 2, "records": 1, "duplicates": 1}
    healed = run(server, tmp_path, **one_try)
    assert (numbers(healed), healed["feeds"]["passed_over"]) == ({"inputs": 2, "not_modified": 2}, [])


@pytest.mark.parametrize("is_one_up", [False, True])
def test_an_outage_of_the_own_network_counts_against_no_feed(is_one_up: bool, server: Newsroom, tmp_path: Path) -> None:
    """If nobody is in reach the next run asks all feeds again; if somebody is, those that are not are left alone."""
    closed = [f"127.0.0.{number}:1" for number in (2, 3, 4)]
    names = [f"http://{netloc}/feed.xml" for netloc in closed]
    server.publish("/feed.xml", [1])
    sections: dict[str, Any] = {
        "source": feeds(*names, *([server.url("/feed.xml")] if is_one_up else [])),
        "fetch": {"max_tries": 1, "allow_private_hosts": [*closed, server.netloc], "feed_seconds": 2.0},
    }
    assert sum(run(server, tmp_path, **sections)["dead_letter_reasons"].values()) == 3
    again = run(server, tmp_path, **sections)
    assert again["counts"]["dead_letters"] == (0 if is_one_up else 3)
    assert again["skipped_reasons"] == ({"backed_off": 3} if is_one_up else {})
    known = State(str(tmp_path / "_state")).read_feeds()
    assert {int(is_one_up)} == {known[name].failures for name in names}
    assert all(known[name].last_error for name in names)


def test_a_domain_that_asked_for_a_pause_gets_it_in_the_next_run(server: Newsroom, tmp_path: Path) -> None:
    """Three pages put off for an hour: the next run asks nothing of the domain, a forced one does."""
    server.publish("/feed.xml", range(6))
    server.routes |= {f"/report/{number}": Reply(status=429, headers={"Retry-After": "3600"}) for number in range(6)}
    polite: dict[str, Any] = {"fetch": {"max_unpaced_requests": 1}}
    assert run(server, tmp_path, **polite)["dead_letter_reasons"] == {"rate_limited": 6}
    assert len(server.pages_asked()) == 3
    held = run(server, tmp_path, **polite)
    assert (held["skipped_reasons"], server.requests) == ({"not_before": 1}, [])
    assert [server.url("/feed.xml")] == [feed["url"] for feed in held["feeds"]["passed_over"]]
    assert [server.netloc] == list(State(str(tmp_path / "_state")).read_pauses())
    (forced,) = run_feeds(job(server, tmp_path, **polite), Silent(), asked="all")
    assert numbers(forced) == {"inputs": 1, "not_modified": 1}
    assert server.paths() == ["/feed.xml"]


def test_an_entry_that_failed_for_a_while_comes_with_the_next_run(server: Newsroom, tmp_path: Path) -> None:
    """A page that was not to be had is tried again though its feed has not changed, and then no more."""
    server.publish("/feed.xml", [1, 2])
    server.routes["/report/2"] = Reply(status=500, body=b"")
    job_of_one_try = {"fetch": {"max_tries": 1}}
    assert run(server, tmp_path, **job_of_one_try)["dead_letter_reasons"] == {"http_500": 1}
    server.links([2])
    assert numbers(run(server, tmp_path)) == {"inputs": 2, "records": 1, "duplicates": 1}
    assert numbers(run(server, tmp_path)) == {"inputs": 1, "not_modified": 1}
    assert [1, 2] == [int(row["url"][-1]) for row in rows(tmp_path)]


def test_an_entry_that_leaves_its_feed_is_not_lost(server: Newsroom, tmp_path: Path) -> None:
    """Its page is tried again though the feed names it no more: until it is there, and as often as other pages."""
    server.publish("/feed.xml", [1, 2])
    server.routes["/report/2"] = Reply(status=500, body=b"")
    one_try: dict[str, Any] = {"fetch": {"max_tries": 1}}
    run(server, tmp_path, **one_try)
    server.publish("/feed.xml", [3], etag='"2"')
    second = run(server, tmp_path, **one_try)
    assert numbers(second) == {"inputs": 2, "records": 1, "dead_letters": 1}
    assert server.pages_asked() == ["/report/2", "/report/3"]
    assert numbers(run(server, tmp_path, **one_try)) == {"inputs": 1, "not_modified": 1}
    assert server.pages_asked() == []
    let_pauses_pass(tmp_path)
    server.links([2])
    fourth = run(server, tmp_path, **one_try)
    assert (fourth["counts"]["records"], server.pages_asked()) == (1, ["/report/2"])
    assert [1, 2, 3] == [int(row["url"][-1]) for row in rows(tmp_path)]
    let_pauses_pass(tmp_path)
    run(server, tmp_path)
    assert server.pages_asked() == []
    assert (tmp_path / "_state/waiting.jsonl").read_text() == ""


def test_entries_that_wait_for_a_feed_that_is_gone_from_the_job_are_left_alone(
    server: Newsroom, tmp_path: Path
) -> None:
    """Who takes a feed out of the job wants no page of it; it is tried again when the feed comes back."""
    server.publish("/feed.xml", [1])
    server.publish("/other.xml", [2])
    server.routes["/report/1"] = Reply(status=500, body=b"")
    run(server, tmp_path, fetch={"max_tries": 1})
    server.links([1])
    run(server, tmp_path, source=feeds(server.url("/other.xml")))
    assert server.pages_asked() == ["/report/2"]
    server.publish("/feed.xml", [3], etag='"2"')
    assert numbers(run(server, tmp_path)) == {"inputs": 2, "records": 2}
    assert server.pages_asked() == ["/report/1", "/report/3"]


def test_a_page_that_is_called_plain_text_is_read_as_a_page(server: Newsroom, tmp_path: Path) -> None:
    """Its tags are not part of the text; what is plain text stays so."""
    server.routes["/report/1"] = Reply(body=page(1), content_type="text/plain")
    server.routes["/report/2"] = Reply(body="\n\n".join(SENTENCES).encode(), content_type="text/plain")
    run(server, tmp_path, source={"articles": {"urls": [server.url("/report/1"), server.url("/report/2")]}})
    first, second = rows(tmp_path)
    assert first["title"] == "Report 1"
    assert "<p>" not in first["text"]
    assert SENTENCES[3] in second["text"]


def test_a_page_is_given_up_after_five_runs(server: Newsroom, tmp_path: Path) -> None:
    """A page that the job names and that fails whenever it may be tried is not asked for in the sixth run."""
    server.routes["/report/1"] = Reply(status=500, body=b"")
    source = {"articles": {"urls": [server.url("/report/1")]}}
    for _ in range(5):
        manifest = run(server, tmp_path, source=source, fetch={"max_tries": 1})
        assert manifest["dead_letter_reasons"] == {"http_500": 1}
        let_pauses_pass(tmp_path)
    assert run(server, tmp_path, source=source)["skipped_reasons"] == {"dead_earlier": 1}
    assert [1, 2, 3, 4, 5] == sorted(letter["attempts"] for letter in letters(tmp_path))


def test_an_article_of_many_titles_is_fetched_once(server: Newsroom, tmp_path: Path) -> None:
    """Two feeds, one of which names an article twice, with three titles for it, cost one request for its page."""
    links = server.links([1])
    twice = rss(links, title="One").replace(b"</channel>", rss(links, title="Two").partition(b"</title>")[2])
    server.routes["/feed.xml"] = Reply(
        body=twice.partition(b"</rss>")[0] + b"</rss>", content_type="application/rss+xml"
    )
    server.routes["/other.xml"] = Reply(body=rss(links, title="Three"), content_type="application/rss+xml")
    source = feeds(server.url("/feed.xml"), server.url("/other.xml"))
    assert numbers(run(server, tmp_path, source=source)) == {"inputs": 3, "records": 1, "duplicates": 2}
    for _ in range(2):
        assert numbers(run(server, tmp_path, source=source)) == {"inputs": 3, "duplicates": 3}
        assert server.pages_asked() == []


def test_a_new_version_of_an_entry_becomes_a_row(server: Newsroom, tmp_path: Path) -> None:
    """An entry whose title changed in its feed is fetched again; the article has two rows with one id."""
    server.routes["/feed.xml"] = Reply(body=rss(server.links([1])), content_type="application/rss+xml")
    run(server, tmp_path)
    server.routes["/feed.xml"] = Reply(
        body=rss(server.links([1]), title="Corrected"), content_type="application/rss+xml"
    )
    server.routes["/report/1"] = Reply(body=page(1).replace(b"before the winter", b"before the spring"))
    assert numbers(run(server, tmp_path)) == {"inputs": 1, "records": 1}
    first, second = rows(tmp_path)
    assert first["id"] == second["id"]
    assert first["version_id"] != second["version_id"]


def test_a_feed_that_touches_its_entries_costs_no_pages(server: Newsroom, tmp_path: Path) -> None:
    """An Atom feed with the time of the request in each entry: only what is new, or failed before, is fetched."""

    def atom(reports: range, updated: str) -> Reply:
        entries = "".join(
            f"<entry><id>{link}</id><title>{link}</title><link href='{link}'/><updated>{updated}</updated></entry>"
            for link in server.links(reports)
        )
        body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{entries}</feed>".encode()
        return Reply(body=body, content_type="application/atom+xml")

    server.routes["/feed.xml"] = atom(range(12), "2026-03-01T00:00:00Z")
    server.routes["/report/3"] = Reply(status=503, body=b"")
    run(server, tmp_path, fetch={"max_tries": 1})
    for day, expected in ((2, {"inputs": 13, "records": 2, "duplicates": 11}), (3, {"inputs": 13, "duplicates": 13})):
        server.routes["/feed.xml"] = atom(range(13), f"2026-03-0{day}T00:00:00Z")
        assert numbers(run(server, tmp_path)) == expected
        assert server.pages_asked() == (["/report/12", "/report/3"] if day == 2 else [])


def test_a_forbidden_feed_is_left_alone(server: Newsroom, tmp_path: Path) -> None:
    """A feed that robots.txt forbids is skipped, never asked for, and due again in a day only."""
    server.publish("/feed.xml", [1])
    server.routes["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /", content_type="text/plain")
    assert run(server, tmp_path)["skipped_reasons"] == {"robots_disallowed": 1}
    assert server.paths() == []
    assert not has_due_feed(job(server, tmp_path), now_utc() + timedelta(hours=23))
    assert has_due_feed(job(server, tmp_path), now_utc() + timedelta(hours=25))


def test_only_due_feeds_are_asked_in_a_round(server: Newsroom, tmp_path: Path) -> None:
    """Of the due feeds a round asks, one that was just polled is none; one whose time has come is polled."""
    server.publish("/feed.xml", [1])
    run(server, tmp_path)
    server.forget()
    assert run_feeds(job(server, tmp_path), Silent(), asked="due") == []
    assert server.requests == []
    edit_feed(tmp_path, next_poll_at=now_utc() - timedelta(seconds=1))
    (manifest,) = run_feeds(job(server, tmp_path), Silent(), asked="due", only_feeds=True)
    assert numbers(manifest) == {"inputs": 1, "not_modified": 1}


def test_credentials_are_sent_and_kept_nowhere(
    server: Newsroom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A password in a feed's address reaches the server and stands in no file of the output and in no log."""
    server.publish("/feed.xml", [1])
    address = server.url("/feed.xml").replace("http://", "http://reader:hunter2secret@")
    server.routes["/feed.xml"] = Reply(body=rss([*server.links([1]), server.url("/report/404")]))
    run(server, tmp_path, source=feeds(address))
    assert server.asked("/feed.xml")[0].headers["authorization"].startswith("Basic ")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if b"hunter2secret" in path.read_bytes()] == []
    assert "hunter2secret" not in caplog.text


def test_replay_fetches_again_what_was_not_to_be_had(server: Newsroom, tmp_path: Path) -> None:
    """A feed that was down and a page that was broken are read by a replay; nothing else is fetched again."""
    server.publish("/feed.xml", [1, 2])
    server.routes["/report/2"] = Reply(status=404, body=b"")
    server.routes["/down.xml"] = Reply(status=500, body=b"")
    source = feeds(server.url("/feed.xml"), {"url": server.url("/down.xml"), "tags": ["late"]}, fetch="page")
    first = run(server, tmp_path, source=source, fetch={"max_tries": 1})
    assert first["dead_letter_reasons"] == {"http_404": 1, "http_500": 1}
    server.links([2])
    server.publish("/down.xml", [1, 3])
    (dead,) = open_dead_letters(Output(tmp_path))
    stored, fetched = split_letters(dead)
    assert stored.letters == ()
    server.forget()
    begun, _ = plan_replay_of_fetched(fetched, Output(tmp_path), [])
    assert numbers(run_again(begun, Silent())) == {"inputs": 3, "records": 2, "duplicates": 1}
    assert server.paths() == ["/down.xml", "/report/2", "/report/3"]
    assert list(open_dead_letters(Output(tmp_path))) == []
    assert [[], [], ["late"]] == [[word for word in row["keywords"] if word == "late"] for row in rows(tmp_path)]
    assert numbers(run(server, tmp_path, source=source)) == {"inputs": 2, "not_modified": 2}


def test_a_run_stopped_by_dead_letters_is_finished_with_a_higher_limit(server: Newsroom, tmp_path: Path) -> None:
    """Nothing is fetched again, and stored articles that came meanwhile wait for the next run."""
    stored, out = tmp_path / "stored", tmp_path / "out"
    stored.mkdir()
    (stored / "1.txt").write_text(" ".join(SENTENCES))
    server.publish("/feed.xml", [1, 2])
    server.routes["/report/2"] = Reply(status=404, body=b"")
    source = feeds(server.url("/feed.xml"), fetch="page") | {"articles": {"paths": [str(stored)]}}
    with pytest.raises(DeadShareError, match="1 x http_404"):
        run(server, out, source=source, run={"max_dead_share": 0.1})
    assert rows(out) == []
    (stored / "2.txt").write_text(" ".join(reversed(SENTENCES)))
    server.forget()
    finished, new = run_feeds(job(server, out, source=source, run={"max_dead_share": 1.0}), Silent())
    assert numbers(finished) == {"inputs": 3, "records": 2, "dead_letters": 1}
    assert numbers(new) == {"inputs": 3, "records": 1, "duplicates": 1, "not_modified": 1}
    assert server.paths() == ["/feed.xml"]


def test_a_crash_between_output_and_state_loses_no_entry(
    server: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run lets the state advance to where the output is, without asking anything for it."""
    server.publish("/feed.xml", range(3))

    def fail(_self: State, _entries: object) -> None:
        raise OutputError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(State, "write_entries", fail)
        with pytest.raises(OutputError, match="the disk is full"):
            run_feeds(job(server, tmp_path), Silent())
    assert len(rows(tmp_path)) == 3
    server.forget()
    finished, new = run_feeds(job(server, tmp_path), Silent())
    assert finished["already_complete"]
    assert numbers(new) == {"inputs": 1, "not_modified": 1}
    assert server.paths() == ["/feed.xml"]


def test_a_lost_state_is_made_anew_from_the_output(
    server: Newsroom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who removes the folder gets no article twice, and is told."""
    server.publish("/feed.xml", range(3))
    run(server, tmp_path)
    shutil.rmtree(tmp_path / "_state")
    server.publish("/feed.xml", range(4), etag='"2"')
    assert numbers(run(server, tmp_path)) == {"inputs": 4, "records": 1, "duplicates": 3}
    assert "the state was lost; rebuilt from 3 articles" in caplog.text
    assert len(rows(tmp_path)) == 4


def test_what_a_crash_left_of_a_complete_run_is_cleared_away(server: Newsroom, tmp_path: Path) -> None:
    """A staging folder without the mark of a run is no run: it is removed, and polls nothing."""
    server.publish("/feed.xml", [1])
    manifest = run(server, tmp_path)
    (tmp_path / "_staging" / manifest["run_id"] / "spool").mkdir(parents=True)
    (tmp_path / "_staging" / "begun-and-nothing-more").mkdir()
    assert numbers(run(server, tmp_path)) == {"inputs": 1, "not_modified": 1}


def test_credentials_are_not_kept_while_a_run_goes_on(server: Newsroom, tmp_path: Path) -> None:
    """An interrupted run has them from the job when it is finished, not from its own folder."""
    server.routes["/feed.xml"] = Reply(body=rss([server.url("/report/404")]), content_type="application/rss+xml")
    source = feeds(server.url("/feed.xml").replace("http://", "http://reader:hunter2secret@"))
    with pytest.raises(DeadShareError):
        run(server, tmp_path, source=source, run={"max_dead_share": 0.0})
    staged = [path for path in tmp_path.rglob("_staging/**/*") if path.is_file()]
    assert {"run.json", "polled.json"} <= {path.name for path in staged}
    assert [path for path in staged if b"hunter2secret" in path.read_bytes()] == []
    (begun,) = (path.parent for path in staged if path.name == "run.json")
    (begun / "polled.json").unlink()
    server.forget()
    finished, _ = run_feeds(job(server, tmp_path, source=source), Silent())
    assert finished["dead_letter_reasons"] == {"http_404": 1}
    assert all(seen.headers["authorization"].startswith("Basic ") for seen in server.asked("/feed.xml"))
