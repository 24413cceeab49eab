"""Tests of the fetcher as a whole, against servers on the loopback interface."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.fetch import (
    Disallowed,
    Failed,
    Fetched,
    Fetcher,
    FetchSettings,
    NotModified,
    Outcome,
    Redirect,
    Request,
    RobotsCache,
    RobotsRules,
    Validators,
)
from pipeline.fetch import jobs as jobs_module
from pipeline.fetch.strikes import MAX_RATE_LIMITED, MAX_UNREACHABLE
from tests.servers import PAGE, Answer, LoopbackServer, Reply, Seen
from transforms.errors import Reason

ETAG = '"v1"'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    """Run a server; retries come at once."""
    monkeypatch.setattr(jobs_module, "backoff_seconds", lambda failures, max_seconds: 0.01)
    with LoopbackServer() as running:
        yield running


def loopback(host: str, port: int) -> tuple[str, ...]:
    """Resolve every name to this machine."""
    return ("127.0.0.1",)


def settings(server: LoopbackServer, *hosts: str, seconds: float = 0.0, **others: float) -> FetchSettings:
    """Return settings that allow the server by its address and some names."""
    allowed = tuple(f"{host}:{server.port}" for host in ("127.0.0.1", *hosts))
    values = {"page_seconds": 5.0, "feed_seconds": 5.0} | others
    return FetchSettings(allow_private_hosts=allowed, seconds_between_requests=seconds, **values)  # type: ignore[arg-type]


def fetch(chosen: FetchSettings, *requests: Request, robots: RobotsCache | None = None) -> list[Outcome]:
    """Return the outcomes of requests, in the order of the requests."""
    with Fetcher(chosen, robots, loopback) as fetcher:
        for request in requests:
            fetcher.submit(request)
        found = {id(request): outcome for request, outcome in fetcher.results()}
    return [found[id(request)] for request in requests]


def page(url: str) -> Request:
    """Return a request for a page."""
    return Request(url=url, purpose="page")


def feed(url: str, validators: Validators | None = None) -> Request:
    """Return a request for a feed."""
    return Request(url=url, purpose="feed", validators=validators)


def one(server: LoopbackServer, request: Request, **others: float) -> Outcome:
    """Return the outcome of a single request."""
    return fetch(settings(server, **others), request)[0]


def failed(outcome: Outcome) -> Failed:
    """Return the outcome, which is a failure."""
    assert isinstance(outcome, Failed), outcome
    return outcome


def fails(times: int, reply: Reply) -> Answer:
    """Return an answer that is `reply` so many times and a page after that."""
    left = iter(range(times))
    return lambda seen: Reply() if next(left, None) is None else reply


def redirect(location: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": location}, body=b"")


def test_a_page_is_fetched_with_all_that_is_known_of_it(server: LoopbackServer) -> None:
    """A good answer carries content, type, validators, addresses and time, and no credentials."""
    server.routes["/a"] = redirect("/b", 301)
    server.routes["/b"] = Reply(headers={"ETag": ETAG, "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"})
    request = page(server.url("/a").replace("//", "//us:pw@"))
    outcome = one(server, request)
    assert isinstance(outcome, Fetched)
    assert PAGE == outcome.body.read()
    assert (server.url("/a"), server.url("/b")) == (outcome.url, outcome.final_url)
    assert (Redirect(status=301, url=server.url("/b")),) == outcome.redirects
    assert Validators(etag=ETAG, last_modified="Sun, 01 Mar 2026 12:00:00 GMT") == outcome.validators
    assert (200, "text/html", "utf-8", 2) == (outcome.status, outcome.media_type, outcome.charset, outcome.tries)
    assert abs((datetime.now(UTC) - outcome.fetched_at).total_seconds()) < 60
    assert "pw" not in repr(request) + repr(outcome)


def test_pages_are_fetched_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An https page comes over a checked connection, and its robots.txt too."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    large = PAGE * 5_000
    with LoopbackServer({"/a": Reply(body=large)}, certificate) as server:
        outcome = fetch(settings(server, "good.test"), page(server.url("/a", "good.test")))[0]
    assert isinstance(outcome, Fetched)
    assert large == outcome.body.read()
    assert [f"good.test:{server.port}"] * 2 == [seen.headers["host"] for seen in server.requests]


def test_a_silent_tls_server_costs_the_time_limit(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time limit holds within TLS as well."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with LoopbackServer({"/a": Reply(raw=b"HTTP/1.1 200 OK\r\n", is_open=True)}, certificate) as server:
        chosen = settings(server, "good.test", page_seconds=0.4)
        assert Reason.DEADLINE == failed(fetch(chosen, page(server.url("/a", "good.test")))[0]).reason


def test_the_consumer_may_submit_while_it_takes_results(server: LoopbackServer) -> None:
    """The entries of a feed are fetched by the same fetcher; each request has one outcome."""
    server.routes |= {f"/{number}": Reply() for number in range(10)}
    got = []
    with Fetcher(settings(server)) as fetcher:
        fetcher.submit(Request(url=server.url("/0"), purpose="feed", key=0))
        for request, outcome in fetcher.results():
            assert isinstance(outcome, Fetched)
            got.append(int(str(request.key)))
            if request.key == 0:
                for number in range(1, 10):
                    fetcher.submit(Request(url=server.url(f"/{number}"), purpose="page", key=number))
    assert list(range(10)) == sorted(got)
    assert 1 == len(server.asked("/robots.txt"))


@pytest.mark.parametrize(
    "validators", [Validators(etag=ETAG), Validators(last_modified="Sun, 01 Mar 2026 12:00:00 GMT")]
)
def test_an_unchanged_feed_is_not_sent_again(server: LoopbackServer, validators: Validators) -> None:
    """A conditional request that is answered 304 keeps the validators, refreshed by those of the answer."""

    def answer(seen: Seen) -> Reply:
        known = {"if-none-match": validators.etag, "if-modified-since": validators.last_modified}
        sent = {name: seen.headers.get(name) for name in known}
        return Reply(raw=b'HTTP/1.1 304 Not Modified\r\nETag: "v2"\r\n\r\n') if sent == known else Reply()

    server.routes["/feed"] = answer
    outcome = one(server, feed(server.url("/feed"), validators))
    assert isinstance(outcome, NotModified)
    assert Validators(etag='"v2"', last_modified=validators.last_modified) == outcome.validators


def test_an_unasked_304_is_a_failure(server: LoopbackServer) -> None:
    """Not modified says nothing to who did not ask whether."""
    server.routes["/feed"] = Reply(raw=b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert Reason.UNEXPECTED_304 == failed(one(server, feed(server.url("/feed")))).reason


@pytest.mark.parametrize(
    ("status", "reason", "tries"),
    [
        *((404, "http_404", 1), (403, "http_403", 1), (410, "http_410", 1), (300, "http_300", 1), (999, "http_999", 1)),
        *((500, "http_500", 3), (503, "http_503", 3), (429, "http_429", 3), (408, "http_408", 3)),
    ],
)
def test_refusals_have_their_status_as_reason(server: LoopbackServer, status: int, reason: str, tries: int) -> None:
    """A status that may pass is tried three times in all, others once."""
    server.routes["/a"] = Reply(status=status)
    outcome = failed(one(server, page(server.url("/a"))))
    assert (reason, status, tries) == (outcome.reason, outcome.status, outcome.tries)
    assert tries == len(server.asked("/a"))
    assert outcome.is_retryable is (tries > 1)


def test_a_gone_feed_is_told_from_a_gone_page(server: LoopbackServer) -> None:
    """410 retires a feed."""
    server.routes["/feed"] = Reply(status=410)
    assert Reason.FEED_GONE == failed(one(server, feed(server.url("/feed")))).reason


@pytest.mark.parametrize(
    "reply", [Reply(status=503), Reply(raw=b""), Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")]
)
def test_what_passes_is_tried_again(server: LoopbackServer, reply: Reply) -> None:
    """After two passing failures the third try counts."""
    server.routes["/a"] = fails(2, reply)
    assert isinstance(one(server, page(server.url("/a"))), Fetched)
    assert 3 == len(server.asked("/a"))


@pytest.mark.parametrize("is_date", [False, True])
def test_retry_after_is_obeyed(server: LoopbackServer, is_date: bool) -> None:
    """The server's pause is kept, by all requests to its domain."""
    later = format_datetime(datetime.fromtimestamp(time.time() + 2, UTC), usegmt=True) if is_date else "1"
    server.routes["/a"] = fails(1, Reply(status=429, headers={"Retry-After": later}))
    server.routes["/b"] = Reply()
    chosen = settings(server, max_unpaced_requests=1)
    assert all(
        isinstance(outcome, Fetched) for outcome in fetch(chosen, page(server.url("/a")), page(server.url("/b")))
    )
    first, second = server.asked("/a")
    assert second.at - first.at >= 0.9
    assert server.asked("/b")[0].at - first.at >= 0.9


@pytest.mark.parametrize("status", [429, 503])
def test_a_long_wait_is_left_to_the_next_run(server: LoopbackServer, status: int) -> None:
    """Nobody sleeps for ten days: the outcome says when to come back."""
    server.routes["/a"] = Reply(status=status, headers={"Retry-After": "864000"})
    outcome = failed(one(server, page(server.url("/a"))))
    assert (Reason.RATE_LIMITED, 1) == (outcome.reason, outcome.tries)
    assert outcome.not_before is not None
    assert 863_000 < (outcome.not_before - datetime.now(UTC)).total_seconds() < 865_000


def test_a_slow_server_costs_the_time_limit_once(server: LoopbackServer) -> None:
    """The limit is over all of a request's tries and redirects."""
    server.routes["/a"] = redirect("/b")
    server.routes["/b"] = Reply(raw=b"HTTP/1.1 200 OK\r\n", is_open=True)
    outcome = failed(one(server, page(server.url("/a")), page_seconds=0.3))
    assert Reason.DEADLINE == outcome.reason
    assert 1 == len(server.asked("/b"))


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/a", Reason.REDIRECT_LOOP),
        ("/a#top", Reason.REDIRECT_LOOP),
        ("/to-a", Reason.REDIRECT_LOOP),
        ("/next?0", Reason.TOO_MANY_REDIRECTS),
        ("", Reason.BAD_REDIRECT),
        ("http://[::1", Reason.BAD_URL),
        ("file:///etc/hostname", Reason.BAD_SCHEME),
        ("http://127.0.0.2/", Reason.PRIVATE_ADDRESS),
        ("http://private.test/", Reason.PRIVATE_ADDRESS),
        ("//169.254.169.254/latest/meta-data/", Reason.PRIVATE_ADDRESS),
    ],
)
def test_redirects_that_lead_nowhere(server: LoopbackServer, location: str, reason: Reason) -> None:
    """Loops, long chains and unusable or private addresses end with their reason, in few requests."""
    server.routes["/a"] = redirect(location)
    server.routes["/to-a"] = redirect("/a")
    server.routes["/next"] = lambda seen: redirect(f"/next?{int(seen.path.partition('?')[2]) + 1}")
    assert reason == failed(one(server, page(server.url("/a")))).reason
    assert len(server.requests) <= 8


def test_the_password_of_a_feed_stays_with_its_host(server: LoopbackServer) -> None:
    """Credentials in a listed address are sent there; not on a redirect, and never for a page."""
    server.routes |= {
        "/feed": redirect(server.url("/moved").replace("//", "//x:y@")),
        "/moved": Reply(),
        "/page": Reply(),
    }
    with_password = [server.url(path).replace("//", "//us:pw@") for path in ("/feed", "/page")]
    fetch(settings(server), feed(with_password[0]), page(with_password[1]))
    sent = {seen.path: seen.headers.get("authorization") for seen in server.requests}
    assert {"/robots.txt": None, "/feed": "Basic dXM6cHc=", "/moved": None, "/page": None} == sent


ROBOTS = Reply(body=b"User-agent: *\nDisallow: /private\n", content_type="text/plain")


def test_what_robots_txt_forbids_is_not_asked(server: LoopbackServer) -> None:
    """A forbidden page, feed or redirect is skipped unseen."""
    server.routes |= {"/robots.txt": ROBOTS, "/a": redirect("/private/2"), "/private": Reply(), "/private/2": Reply()}
    outcomes = fetch(
        settings(server), page(server.url("/private")), feed(server.url("/private")), page(server.url("/a"))
    )
    forbidden = [outcome.forbidden_url for outcome in outcomes if isinstance(outcome, Disallowed)]
    assert [server.url("/private"), server.url("/private"), server.url("/private/2")] == forbidden
    assert {"/robots.txt", "/a"} == {seen.path for seen in server.requests}


def test_feeds_may_be_exempt_from_robots(server: LoopbackServer) -> None:
    """Whether robots.txt binds feeds is a setting."""
    server.routes |= {"/robots.txt": ROBOTS, "/private": Reply()}
    assert isinstance(one(server, feed(server.url("/private")), robots_for_feeds=False), Fetched)
    assert not server.asked("/robots.txt")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(status=401),
        Reply(status=403),
        redirect("/robots.txt"),
        redirect(""),
        Reply(status=204, body=b""),
    ],
)
def test_no_robots_txt_allows_all(server: LoopbackServer, reply: Reply) -> None:
    """An answer that says there are no rules is none (RFC 9309, 2.3.1)."""
    server.routes |= {"/robots.txt": reply, "/a": Reply()}
    assert isinstance(one(server, page(server.url("/a"))), Fetched)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=500), "http_500"),
        (Reply(status=429), "http_429"),
        (Reply(raw=b""), "connection"),
        (Reply(raw=b"x" * 10 + b"\r\n\r\n"), "bad_http"),
        (Reply(raw=b"", is_open=True), "deadline"),
        (redirect("http://127.0.0.2/"), "private_address"),
    ],
)
def test_an_unreachable_robots_txt_forbids_all(server: LoopbackServer, reply: Reply, reason: str) -> None:
    """As long as the rules can't be known, nothing is asked; the failure is that of the robots.txt, for another run."""
    server.routes |= {"/robots.txt": reply, "/a": Reply(), "/b": Reply()}
    outcomes = fetch(settings(server, feed_seconds=0.3), page(server.url("/a")), page(server.url("/b")))
    assert [reason, reason] == [failed(outcome).reason for outcome in outcomes]
    assert "robots.txt" in failed(outcomes[0]).detail
    assert {"/robots.txt"} == {seen.path for seen in server.requests}
    assert len(server.requests) <= 3


def test_robots_txt_is_followed_over_redirects(server: LoopbackServer) -> None:
    """Rules that have moved are the rules."""
    server.routes |= {"/robots.txt": redirect("/rules", 301), "/rules": ROBOTS, "/private": Reply()}
    assert isinstance(one(server, page(server.url("/private"))), Disallowed)


def test_known_rules_are_not_asked_again(server: LoopbackServer) -> None:
    """Rules of an earlier run hold, and new ones are there to be kept."""
    server.routes["/a"] = Reply()
    origin = f"http://{server.netloc}"
    now = datetime.now(UTC)
    known = RobotsCache([RobotsRules(origin=origin, text="User-agent: *\nDisallow: /\n", fetched_at=now)])
    assert isinstance(fetch(settings(server), page(server.url("/a")), robots=known)[0], Disallowed)
    learned = RobotsCache()
    fetch(settings(server), page(server.url("/a")), robots=learned)
    assert [(origin, "")] == [(rules.origin, rules.text) for rules in learned.export(datetime.now(UTC))]
    assert 1 == len(server.asked("/robots.txt"))


def test_requests_to_a_domain_keep_their_distance(server: LoopbackServer) -> None:
    """Robots.txt, pages, redirects and retries of one domain's hosts share one pace; other domains don't wait."""
    seconds = 0.3
    server.routes |= {"/a": redirect("/b"), "/b": fails(1, Reply(status=503)), "/c": Reply()}
    hosts = ("www.one.test", "one.test", "two.test")
    requests = [page(server.url("/a", hosts[0])), page(server.url("/c", hosts[1])), page(server.url("/c", hosts[2]))]
    outcomes = fetch(settings(server, *hosts, seconds=seconds), *requests)
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    times = [seen.at for seen in server.requests if seen.headers["host"].startswith(hosts[:2])]
    assert 6 == len(times)
    assert all(second - first >= seconds / 2 for first, second in pairwise(times))
    assert 2 == len([seen for seen in server.requests if seen.headers["host"].startswith("two")])


def test_crawl_delay_is_honoured_up_to_a_cap(server: LoopbackServer) -> None:
    """A Crawl-delay larger than the own pause counts, a huge one no more than the cap."""
    server.routes |= {"/robots.txt": Reply(body=b"User-agent: *\nCrawl-delay: 9000\n"), "/a": Reply()}
    assert isinstance(one(server, page(server.url("/a")), max_crawl_delay=0.2), Fetched)
    first, second = (seen.at for seen in server.requests)
    assert 0.1 <= second - first


def test_a_domain_that_turns_all_away_is_left_alone(server: LoopbackServer) -> None:
    """After three requests put off in a row the rest is put off unasked, until the same time."""
    server.routes["/a"] = Reply(status=429, headers={"Retry-After": "3600"})
    requests = [page(server.url(f"/a?{number}")) for number in range(20)]
    outcomes = [failed(outcome) for outcome in fetch(settings(server, max_unpaced_requests=1), *requests)]
    assert {Reason.RATE_LIMITED} == {outcome.reason for outcome in outcomes}
    assert all(outcome.not_before is not None for outcome in outcomes)
    assert MAX_RATE_LIMITED == len(server.asked("/a"))


def test_a_pause_outlives_the_run(server: LoopbackServer) -> None:
    """What a domain asked for holds for the next fetcher too, for feeds and pages, and for no other domain."""
    server.routes |= {"/a": Reply(status=429, headers={"Retry-After": "3600"}), "/b": Reply()}
    chosen = settings(server, "other.test", max_unpaced_requests=1)
    with Fetcher(chosen, None, loopback) as first:
        for number in range(MAX_RATE_LIMITED):
            first.submit(page(server.url(f"/a?{number}")))
        assert MAX_RATE_LIMITED == len(list(first.results()))
        pauses = first.pauses()
    assert [server.netloc] == list(pauses)
    server.requests.clear()
    with Fetcher(chosen, None, loopback, pauses) as second:
        for request in (page(server.url("/b")), feed(server.url("/b")), page(server.url("/b", "other.test"))):
            second.submit(request)
        outcomes = [outcome for _, outcome in second.results()]
        assert pauses == second.pauses()
    held = [failed(outcome) for outcome in outcomes if not isinstance(outcome, Fetched)]
    assert [(Reason.RATE_LIMITED, pauses[server.netloc])] * 2 == [(one.reason, one.not_before) for one in held]
    assert {f"other.test:{server.port}"} == {seen.headers["host"] for seen in server.requests}


def test_a_pause_that_is_over_counts_no_more(server: LoopbackServer) -> None:
    """It neither stops a request nor is it handed on."""
    server.routes["/a"] = Reply()
    over = {server.netloc: datetime.now(UTC)}
    with Fetcher(settings(server), None, loopback, over) as fetcher:
        fetcher.submit(page(server.url("/a")))
        ((_, outcome),) = fetcher.results()
        assert {} == fetcher.pauses()
    assert isinstance(outcome, Fetched)


def test_a_domain_that_is_down_is_left_alone(server: LoopbackServer) -> None:
    """After ten requests without an answer the rest fails unasked; a good answer between starts the count anew."""
    server.routes |= {"/down": Reply(raw=b""), "/up": Reply()}
    down = [page(server.url(f"/down?{number}")) for number in range(30)]
    up = page(server.url("/up"))
    chosen = settings(server, max_unpaced_requests=1, max_tries=1)
    outcomes = fetch(chosen, *down[:5], up, *down[5:])
    assert isinstance(outcomes[5], Fetched)
    assert {Reason.CONNECTION} == {failed(outcome).reason for outcome in (*outcomes[:5], *outcomes[6:])}
    assert 5 + MAX_UNREACHABLE == len(server.asked("/down"))


def test_unusable_addresses_end_at_once(server: LoopbackServer) -> None:
    """Addresses that may not be asked have their outcome without any request."""
    urls = ("", "javascript:alert(1)", "http://10.0.0.1/", "http://localhost:1/")
    outcomes = fetch(settings(server), *map(page, urls))
    expected = [Reason.BAD_URL, Reason.BAD_SCHEME, Reason.PRIVATE_ADDRESS, Reason.PRIVATE_ADDRESS]
    assert expected == [failed(outcome).reason for outcome in outcomes]


def test_close_ends_everything(server: LoopbackServer) -> None:
    """Whatever is queued or waited for, closing returns soon, threads end and results stop."""
    server.routes["/a"] = Reply(raw=b"", is_open=True)
    fetcher = Fetcher(settings(server, page_seconds=60.0))
    for _ in range(20):
        fetcher.submit(page(server.url("/a")))
    while not server.asked("/a"):
        time.sleep(0.01)
    threading.Timer(0.05, fetcher.close).start()
    assert [] == list(fetcher.results())
    fetcher.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "newsbeam-fetch"]
    with pytest.raises(RuntimeError, match="closed"):
        fetcher.submit(page(server.url("/a")))


def test_a_slow_consumer_is_not_swamped(server: LoopbackServer) -> None:
    """No more answers are fetched ahead than a limit, and all come in the end."""
    server.routes["/a"] = Reply()
    chosen = settings(server, max_connections=2)
    with Fetcher(chosen) as fetcher:
        for number in range(40):
            fetcher.submit(page(server.url(f"/a?{number}")))
        results = fetcher.results()
        next(results)
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            assert len(server.asked("/a")) <= 1 + 2 * 2 + 2
            time.sleep(0.02)
        assert 39 == len(list(results))


def test_a_defect_reaches_the_consumer(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is no server's fault is raised where results are taken."""

    def defect(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pipeline.fetch.fetcher.judge_answer", defect)
    with Fetcher(settings(server)) as fetcher:
        fetcher.submit(page(server.url("/a")))
        with pytest.raises(ZeroDivisionError):
            list(fetcher.results())


@pytest.mark.parametrize(
    "values",
    [
        {"user_agent": ""},
        {"user_agent": "a\nb"},
        {"allow_private_hosts": ("localhost",)},
        {"max_connections": 0},
        {"seconds_between_requests": -1},
        {"page_seconds": 0},
    ],
)
def test_wrong_settings_are_refused(values: dict[str, object]) -> None:
    """Settings that can't work are refused when they are made."""
    with pytest.raises(ValueError, match=next(iter(values)) + "|host:port"):
        FetchSettings(**values)  # type: ignore[arg-type]
