"""Tests of connections: whom newsbeam talks to."""

import socket
import threading
import time
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

import pytest

from pipeline.fetch.dialer import Dialer, Resolver, Wire
from pipeline.fetch.errors import FetchError
from pipeline.fetch.urls import parse_target
from tests.servers import LoopbackServer
from transforms.errors import Reason

PUBLIC, OTHER_PUBLIC = "93.184.216.34", "2606:4700::1111"
SECONDS = 5.0


def answers(*lookups: tuple[str, ...]) -> Resolver:
    """Return a resolver that gives these answers one after the other, the last one for ever."""
    remaining = chain(lookups, repeat(lookups[-1]))
    return lambda host, port: next(remaining)


def reason_of(call: Callable[[], object]) -> Reason:
    """Return why a call failed."""
    with pytest.raises(FetchError) as caught:
        call()
    return caught.value.reason


def dial(url: str, resolve: Resolver, *allowed: str, seconds: float = SECONDS) -> socket.socket:
    """Return a new connection."""
    return Dialer(allowed, resolve).dial(parse_target(url), time.monotonic() + seconds)


@pytest.mark.parametrize(
    "lookups",
    [
        [("127.0.0.1",)],
        [(PUBLIC, "127.0.0.1")],
        [(PUBLIC,), ("127.0.0.1",)],
        [(PUBLIC,), (OTHER_PUBLIC, "::1")],
        [("::ffff:127.0.0.1",)],
        [("fe80::1%lo",)],
    ],
)
def test_a_name_with_a_private_address_is_never_reached(lookups: list[tuple[str, ...]]) -> None:
    """One private address, in the first look-up or in the second (rebinding), is enough; the server sees nothing."""
    with LoopbackServer() as server:
        url = server.url("/secret", "rebind.test")
        assert Reason.PRIVATE_ADDRESS == reason_of(lambda: dial(url, answers(*lookups)))
        assert not server.requests


@pytest.mark.parametrize("host", ["localhost", "localhost.", "a.localhost", "127.1", "[::1]", "[::ffff:7f00:1]"])
def test_private_hosts_are_refused_without_a_look_up(host: str) -> None:
    """Local names and addresses are known by how they are written."""

    def resolve(name: str, port: int) -> tuple[str, ...]:
        raise AssertionError(name)

    assert Reason.PRIVATE_ADDRESS == reason_of(lambda: dial(f"http://{host}:8000/", resolve))


def test_the_connection_goes_to_the_vetted_address() -> None:
    """Once an address is vetted, what the name turns into does not matter."""
    target, deadline = parse_target("http://rebind.test/"), time.monotonic() + SECONDS
    dialer = Dialer(resolve=answers((PUBLIC,), (PUBLIC,), ("127.0.0.1",)))
    assert [(PUBLIC,)] * 3 == [dialer.addresses(target, deadline) for _ in range(3)]


def test_the_allow_list_means_exactly_host_and_port() -> None:
    """An allowed host:port is reached; another port, another name and the bare address behind it are not."""
    with LoopbackServer() as server, LoopbackServer() as other:
        allowed = f"news.test:{server.port}"
        resolve = answers(("127.0.0.1",))
        dial(server.url("/", "news.test"), resolve, allowed).close()
        for url in (other.url("/", "news.test"), server.url("/", "evil.test"), server.url("/")):
            assert Reason.PRIVATE_ADDRESS == reason_of(lambda url=url: dial(url, resolve, allowed))  # type: ignore[misc]


def test_a_name_without_address_is_named() -> None:
    """A name that does not resolve, or not in time, has its own reason."""

    def fail(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    stuck = threading.Event()
    try:
        assert Reason.DNS == reason_of(lambda: dial("http://a.test/", fail))
        assert Reason.DNS == reason_of(lambda: dial("http://a.test/", answers(())))
        slow = lambda host, port: (stuck.wait(60) and ()) or ()  # noqa: E731
        assert Reason.DNS == reason_of(lambda: dial("http://a.test/", slow, seconds=0.05))
    finally:
        stuck.set()


def test_the_next_address_is_tried() -> None:
    """A host that is not reached at one of its addresses is asked at the next; at none, that is the reason."""
    with LoopbackServer() as server:
        host = f"two.test:{server.port}"
        dial(f"http://{host}/", answers(("127.0.0.3", "127.0.0.1")), host).close()
        assert Reason.CONNECTION == reason_of(lambda: dial(f"http://{host}/", answers(("127.0.0.3",)), host))


def test_a_server_without_tls_is_named() -> None:
    """An https address whose server speaks no TLS fails with the reason tls."""
    with LoopbackServer() as server:
        url = f"https://{server.netloc}/"
        assert Reason.TLS == reason_of(lambda: dial(url, answers(()), server.netloc))


def test_the_certificate_must_be_of_the_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trusted certificate opens its own name only; one that nobody vouches for opens none."""
    with LoopbackServer(certificate=certificate) as server:

        def connect(host: str) -> socket.socket:
            return dial(server.url("/", host), answers(("127.0.0.1",)), f"{host}:{server.port}")

        assert Reason.TLS == reason_of(lambda: connect("good.test"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        connect("good.test").close()
        assert Reason.TLS == reason_of(lambda: connect("other.test"))


def test_every_read_ends_at_the_deadline() -> None:
    """A byte now and then does not win time: the sum of all waits is limited."""
    near, far = socket.socketpair()
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.01):
            far.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        reader = Wire(near, time.monotonic() + 0.2, 1_000_000).makefile("rb")
        assert Reason.DEADLINE == reason_of(lambda: reader.read(100_000))
    finally:
        stop.set()
        thread.join()
        near.close()
        far.close()


def test_close_ends_connections_that_wait() -> None:
    """Whoever waits for an answer when the dialer is closed is told at once."""
    with LoopbackServer() as server:
        dialer = Dialer((server.netloc,))
        sock = dialer.dial(parse_target(server.url("/")), time.monotonic() + SECONDS)
        threading.Timer(0.05, dialer.close).start()
        assert b"" == sock.recv(1)
        dialer.hang_up(sock)
