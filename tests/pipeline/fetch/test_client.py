"""Tests of one request and its answer."""

import gzip
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.fetch.client import MAX_ROBOTS_BYTES, Answer, Client
from pipeline.fetch.dialer import Dialer
from pipeline.fetch.errors import FetchError
from pipeline.fetch.outcomes import Body, Purpose
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.urls import parse_target
from tests.servers import PAGE, LoopbackServer, Reply
from transforms.errors import Reason

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SECONDS = 5.0
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """Run a server without routes."""
    with LoopbackServer() as running:
        yield running


def ask(server: LoopbackServer, reply: Reply, purpose: Purpose = "page", seconds: float = SECONDS) -> Answer:
    """Return what the client makes of a reply."""
    server.routes["/a"] = reply
    settings = FetchSettings(user_agent="newsbeam/test (+mailto:a@example.org)", max_page_bytes=100_000)
    client = Client(settings, Dialer((server.netloc,)))
    return client.ask(parse_target(server.url("/a?b=c")), purpose, seconds, {"If-None-Match": '"1"'})


def body_of(answer: Answer) -> bytes:
    """Return the content of an answer that has one."""
    assert answer.body is not None
    return answer.body.read()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Reason.CONNECTION),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Reason.CONNECTION),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", Reason.CONNECTION),
        (PAGE, Reason.BAD_HTTP),
        (b"HTTP/9.9 abc def\r\n\r\n", Reason.BAD_HTTP),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", Reason.CONNECTION),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 30 + HEAD + b"\r\n" + PAGE, Reason.BAD_HTTP),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + HEAD + b"\r\n" + PAGE, Reason.BAD_HTTP),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", Reason.BAD_HTTP),
        (b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 5_000 + b"\r\n", Reason.BAD_HTTP),
        (HEAD + b"Content-Length: -1\r\n\r\n" + PAGE, Reason.BAD_HTTP),
        (HEAD + b"Content-Length: 1_0\r\n\r\n" + PAGE, Reason.BAD_HTTP),
        (HEAD + b"Content-Length: abc\r\n\r\n" + PAGE, Reason.BAD_HTTP),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + PAGE, Reason.BAD_HTTP),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", Reason.BAD_HTTP),
        (HEAD + b"Content-Length: 5000\r\n\r\n" + PAGE, Reason.INCOMPLETE_BODY),
        (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", Reason.BAD_HTTP),
        (CHUNKED + b"-5\r\nabc\r\n0\r\n\r\n", Reason.BAD_HTTP),
        (CHUNKED + b"ff\r\nabc", Reason.INCOMPLETE_BODY),
        (CHUNKED + b"3\r\nabc\r\n", Reason.INCOMPLETE_BODY),
        (CHUNKED + b"3\r\nabc", Reason.INCOMPLETE_BODY),
        (CHUNKED + b"0\r\n\r\n", Reason.EMPTY_BODY),
        (HEAD + b"\r\n", Reason.EMPTY_BODY),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)[:-9], Reason.INCOMPLETE_BODY),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n" + PAGE, Reason.BAD_ENCODING),
        (HEAD + b"Content-Encoding: br\r\n\r\n" + PAGE, Reason.BAD_ENCODING),
        (HEAD + b"\r\n" + b"a" * 100_001, Reason.TOO_LARGE),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(9_000_000)), Reason.TOO_LARGE),
        (CHUNKED + b"1\r\na\r\n" * 90_000, Reason.TOO_LARGE),
    ],
)
def test_wrong_answers_have_one_reason_each(server: LoopbackServer, raw: bytes, reason: Reason) -> None:
    """Wrong framing, cut content and too much of it are told apart."""
    with pytest.raises(FetchError) as caught:
        ask(server, Reply(raw=raw))
    assert reason == caught.value.reason


FRAGMENTS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 103 A\r\n", b"HTTP/1.1 304 A\r\n", b"HTTP/1.0 302\r\n", b"HTTP/"),
        *(b"Content-Length: 7\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"Location: /\r\n"),
        *(b"Content-Encoding: gzip\r\n", b"Content-Encoding: deflate\r\n", b"Content-Type: text/html; charset=\r\n"),
        *(b"\r\n", b"\n", b"\r", b" ", b":", b"\0", b"\xff", b"no header\r\n", b"0\r\n\r\n", b"4;a=b\r\nabcd\r\n"),
        *(b"<html>", b"\x1f\x8b\x08\0", gzip.compress(b"abc"), b"ffffffffffffffff\r\n", b"-1\r\n", b"\x78\x9c"),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FRAGMENTS | st.binary(max_size=6), max_size=12), st.sampled_from(["page", "feed", "robots"]))
def test_any_bytes_are_an_answer_or_one_failure(server: LoopbackServer, pieces: list[bytes], purpose: Purpose) -> None:
    """Whatever a server sends there is an answer, or an error with its reason; nothing else comes out."""
    try:
        answer = ask(server, Reply(raw=b"".join(pieces)), purpose)
    except FetchError:
        return
    assert 200 <= answer.status <= 999
    assert answer.body is None or len(answer.body.read()) == answer.body.size


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 200 OK\r\nX-", HEAD + b"Content-Length: 9\r\n\r\nabc", CHUNKED + b"5\r\na"]
)
def test_silence_ends_at_the_deadline(server: LoopbackServer, raw: bytes) -> None:
    """A server that stops speaking, wherever in its answer, costs the time limit and no more."""
    with pytest.raises(FetchError) as caught:
        ask(server, Reply(raw=raw, is_open=True), seconds=0.1)
    assert Reason.DEADLINE == caught.value.reason


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"\r\n" + PAGE,
        HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE + b"more",
        HEAD + b"Content-Length: %d, %d\r\n\r\n" % (len(PAGE), len(PAGE)) + PAGE,
        CHUNKED + b"%x;extension\r\n" % len(PAGE) + PAGE + b"\r\n0\r\nTrailer: a\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"\r\n" + PAGE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + HEAD + b"\r\n" + PAGE,
        b"HTTP/1.1 200 OK\r\nno header\r\n and more\r\nTransfer-Encoding : chunked\r\n\r\n%x\r\n" % len(PAGE)
        + PAGE
        + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\rb\r\nSet Cookie: a=b\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE),
        HEAD.replace(b"\r\n", b"\n") + b"\n" + PAGE,
        b"HTTP/1.0 200\r\n\r\n" + PAGE,
        HEAD + b"Content-Encoding: identity\r\n\r\n" + PAGE,
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE),
        HEAD + b"Content-Encoding: UTF-8\r\n\r\n" + PAGE,
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE) + b"padding",
        HEAD + b"\r\n" + gzip.compress(PAGE),
    ],
)
def test_all_right_framings_give_the_content(server: LoopbackServer, raw: bytes) -> None:
    """Length, chunks, closing, and gzip declared or not lead to the same bytes."""
    assert PAGE == body_of(ask(server, Reply(raw=raw)))


@given(st.binary(min_size=1, max_size=500), st.lists(st.integers(min_value=1, max_value=200), max_size=5))
def test_a_body_can_be_read_while_it_grows(data: bytes, steps: list[int]) -> None:
    """Reading a body in between changes nothing of it."""
    body, position = Body(), 0
    for step in [*steps, len(data)]:
        body.append(data[position : position + step])
        position += step
        assert data[: min(16, position)] == body.read(16)
    assert (data, len(data)) == (body.read(), body.size)


@pytest.mark.parametrize("purpose", ["page", "feed"])
@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_large_content_comes_whole(server: LoopbackServer, purpose: Purpose, headers: dict[str, str]) -> None:
    """Content that comes in many pieces, or does not fit the memory's share, is what was sent."""
    sent = b"<p>" + Random(1).randbytes(5_000_000 if purpose == "feed" else 99_000)
    reply = Reply(body=gzip.compress(sent) if headers else sent, headers=headers)
    assert sent == body_of(ask(server, reply, purpose))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(content_type="image/png"), Reason.NOT_HTML),
        (Reply(content_type="video/mp4; codecs=avc1"), Reason.NOT_HTML),
        (Reply(content_type="application/pdf"), Reason.NOT_HTML),
        (Reply(content_type="multipart/x-mixed-replace; boundary=a"), Reason.NOT_HTML),
        (Reply(content_type="application/ld+json"), Reason.NOT_HTML),
        (Reply(content_type="application/rss+xml"), Reason.NOT_HTML),
        (Reply(content_type="text/css"), Reason.NOT_HTML),
        (Reply(body=PNG), Reason.NOT_HTML),
        (Reply(body=b"%PDF-1.7"), Reason.NOT_HTML),
        (Reply(body=b"<?xml version='1.0'?>\n<!-- made by hand -->\n<rss version='2.0'/>"), Reason.NOT_HTML),
        (Reply(body=b"<feed xmlns='http://www.w3.org/2005/Atom'/>", content_type="text/xml"), Reason.NOT_HTML),
        (Reply(body=b'\xef\xbb\xbf{"error": "no such article"}'), Reason.NOT_HTML),
        (Reply(body=b'[{"id": 1}]'), Reason.NOT_HTML),
        (Reply(body=b"\xef\xbb\xbf\r\n%PDF-1.7"), Reason.NOT_HTML),
        (Reply(body=b"PK\x03\x04" + bytes(500), content_type="application/octet-stream"), Reason.NOT_HTML),
        (Reply(status=206), Reason.UNEXPECTED_206),
        (Reply(raw=b"HTTP/1.1 204 No Content\r\n\r\n"), Reason.EMPTY_BODY),
    ],
)
def test_what_is_no_page_is_refused(server: LoopbackServer, reply: Reply, reason: Reason) -> None:
    """Pictures, films and documents are known by their type or first bytes."""
    with pytest.raises(FetchError) as caught:
        ask(server, reply)
    assert reason == caught.value.reason


@pytest.mark.parametrize("content_type", ["text/html", "application/xhtml+xml", "text/xml", "text/plain", "odd", ""])
def test_what_may_be_a_page_is_one(server: LoopbackServer, content_type: str) -> None:
    """Types under which pages are sent, and no type, are not refused."""
    assert PAGE == body_of(ask(server, Reply(content_type=content_type)))


@pytest.mark.parametrize(
    "body",
    [
        b"{A town} votes",
        b'["Yes", said the mayor]',
        b"<feedback>Thank you</feedback>",
        b"<?xml version='1.0'?><!-- rss --><html><body>A page</body></html>",
        b"<!-- <rss> --><p>A page</p>",
    ],
)
def test_a_page_that_looks_like_data_is_one(server: LoopbackServer, body: bytes) -> None:
    """Braces, and names of feeds' elements elsewhere than at the root, make no data of a page."""
    assert body == body_of(ask(server, Reply(body=body)))


def test_a_film_is_not_loaded(server: LoopbackServer) -> None:
    """An answer whose type is no page's is given up before its content has come."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 9000000\r\n\r\n"
    with pytest.raises(FetchError) as caught:
        ask(server, Reply(raw=head, is_open=True))
    assert Reason.NOT_HTML == caught.value.reason


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "image/png", ""])
def test_the_type_of_a_feed_is_not_judged(server: LoopbackServer, content_type: str) -> None:
    """Publishers send feeds under any type."""
    assert b"<rss/>" == body_of(ask(server, Reply(body=b"<rss/>", content_type=content_type), "feed"))


def test_a_long_robots_txt_is_cut(server: LoopbackServer) -> None:
    """Of a robots.txt the first 500 KiB count, and an empty one is a good answer."""
    long = ask(server, Reply(body=b"#" * 2_000_000), "robots")
    assert long.body is not None
    assert MAX_ROBOTS_BYTES <= long.body.size <= 2 * MAX_ROBOTS_BYTES
    assert b"" == body_of(ask(server, Reply(body=b""), "robots"))


@pytest.mark.parametrize(
    ("reply", "is_challenge"),
    [
        (Reply(status=403, headers={"cf-mitigated": "challenge"}), True),
        (Reply(status=503, body=b"<html><title>Just a moment...</title>"), True),
        (Reply(status=403, body=gzip.compress(b"<script src='/cdn-cgi/challenge-platform/x.js'>")), True),
        (Reply(status=403, body=b"<title>Forbidden</title>"), False),
        (Reply(status=404, body=b"<title>Just a moment...</title>"), False),
        (Reply(raw=b"HTTP/1.1 403 No\r\nContent-Encoding: xyz\r\n\r\nabc"), False),
    ],
)
def test_challenges_are_told_from_refusals(server: LoopbackServer, reply: Reply, is_challenge: bool) -> None:
    """A refusal with the marks of a bot check is a challenge."""
    assert is_challenge is ask(server, reply).is_challenge


def test_what_is_sent(server: LoopbackServer) -> None:
    """A request names newsbeam, takes gzip, keeps no connection, and has neither cookies nor credentials."""
    ask(server, Reply(headers={"Set-Cookie": "a=b"}))
    ask(server, Reply())
    seen = server.requests[-1]
    assert "/a?b=c" == seen.path
    assert {
        "host": server.netloc,
        "user-agent": "newsbeam/test (+mailto:a@example.org)",
        "accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
        "accept-encoding": "gzip",
        "connection": "close",
        "if-none-match": '"1"',
    } == dict(seen.headers)


def test_proxies_of_the_environment_are_not_used(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would resolve and connect unvetted."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    assert PAGE == body_of(ask(server, Reply()))


@pytest.mark.parametrize("etag", ["x" * 2_000, "a\x7fb", "é"])
def test_unusable_validators_are_dropped(server: LoopbackServer, etag: str) -> None:
    """A validator that can't be sent back as it is, or is huge, is as none."""
    reply = Reply(raw=HEAD + b"ETag: " + etag.encode("latin-1") + b"\r\nLast-Modified: yesterday\r\n\r\n" + PAGE)
    validators = ask(server, reply).validators
    assert (None, "yesterday") == (validators.etag, validators.last_modified)


def test_a_redirect_leads_to_one_address(server: LoopbackServer) -> None:
    """Two addresses are refused, whichever is meant; one that is said twice is one."""
    answers = [b"HTTP/1.1 302 Found\r\nLocation: /b\r\nLocation: " + place + b"\r\n\r\n" for place in (b"/c", b"/b")]
    with pytest.raises(FetchError) as caught:
        ask(server, Reply(raw=answers[0]))
    assert Reason.BAD_REDIRECT == caught.value.reason
    assert "/b" == ask(server, Reply(raw=answers[1])).location


def test_a_location_in_utf_8_is_read(server: LoopbackServer) -> None:
    """Servers send UTF-8 in headers, which HTTP reads as Latin-1."""
    for location in ("/ü", "/中"):
        raw = b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\n\r\n"
        assert location == ask(server, Reply(raw=raw)).location
    assert "/ü" == ask(server, Reply(raw=b"HTTP/1.1 302 Found\r\nLocation: /\xfc\r\n\r\n")).location
