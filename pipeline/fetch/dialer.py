"""Connections, to vetted addresses only, whose every read and write ends at one deadline."""

import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from itertools import zip_longest
from typing import Final

from pipeline.fetch.addresses import is_public_address
from pipeline.fetch.errors import FetchError
from pipeline.fetch.heads import HeadReader
from pipeline.fetch.urls import Target, parse_netloc
from transforms.errors import Reason

Resolver = Callable[[str, int], tuple[str, ...]]
"""Returns the IP addresses of a host name; raises OSError if it has none."""

_CONNECT_SECONDS: Final = 6.0
_MAX_ADDRESSES: Final = 4
_REMEMBERED_SECONDS: Final = 300.0
_MAX_REMEMBERED: Final = 10_000
_BUFFER_BYTES: Final = 32 * 1024
# RFC 6761: never a host of the public internet, whatever a resolver says.
_LOCAL_NAMES: Final = ("localhost", ".localhost")


def look_up(host: str, port: int) -> tuple[str, ...]:
    """Return the IP addresses of a name, as the system's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Wire:
    """A connected socket under a deadline and a limit of bytes; what urllib3 takes for a socket.

    Each wait lasts at most until the deadline, so a server that sends a byte a second does not win time.

    Attributes:
        received: bytes so far.
        has_ended: whether the server closed its side.
    """

    def __init__(self, sock: socket.socket, deadline: float, max_bytes: int) -> None:
        self._socket = sock
        self._deadline = deadline
        self._max_bytes = max_bytes
        self.received = 0
        self.has_ended = False

    def sendall(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            FetchError: `deadline`, `connection`.
        """
        try:
            self._socket.settimeout(seconds_until(self._deadline))
            self._socket.sendall(data)
        except TimeoutError as error:
            raise FetchError(Reason.DEADLINE, "the request could not be sent in time") from error
        except OSError as error:
            raise FetchError(Reason.CONNECTION, f"while sending: {error}") from error

    def receive_into(self, buffer: memoryview) -> int:
        """Wait for data and return how much came, 0 at the end.

        Raises:
            FetchError: `deadline`, `connection`, `too_large`.
        """
        try:
            self._socket.settimeout(seconds_until(self._deadline))
            count = self._socket.recv_into(buffer)
        except TimeoutError as error:
            raise FetchError(Reason.DEADLINE, f"{self.received:,} bytes came within the time limit") from error
        except OSError as error:
            raise FetchError(Reason.CONNECTION, f"while receiving: {error}") from error
        self.received += count
        self.has_ended = not count
        if self.received > self._max_bytes:
            raise FetchError(Reason.TOO_LARGE, f"more than {self._max_bytes:,} bytes were sent")
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader of what the server sends."""
        return _Reader(_RawReader(self), _BUFFER_BYTES)

    def settimeout(self, timeout: float | None) -> None:
        """Do nothing: the deadline decides."""

    def close(self) -> None:
        """Do nothing: who dialed hangs up."""


class _RawReader(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        return self._wire.receive_into(buffer)


class _Reader(HeadReader):
    def read(self, size: int | None = -1) -> bytes:
        # urllib3 reads by explicit sizes; a negative one is a negative chunk size, which would read to the end.
        if size is None or size < 0:
            raise FetchError(Reason.BAD_HTTP, "a chunk of negative size")
        return super().read(size)


def seconds_until(deadline: float) -> float:
    """Return the seconds left.

    Args:
        deadline: on the clock of `time.monotonic`.

    Raises:
        TimeoutError: none are left.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class Dialer:
    """Opens connections to hosts of the public internet, and to the private ones that are allowed.

    A name is looked up twice and every address of both answers is vetted, so a name that turns private from one look to
    the next (DNS rebinding) is refused before anything is sent; the connection then goes to a vetted address, never by
    name. Answers are remembered for five minutes.

    Args:
        allow_private_hosts: exact `host:port`s whose addresses are not vetted.
        resolve: looks up a name.
    """

    def __init__(self, allow_private_hosts: tuple[str, ...] = (), resolve: Resolver = look_up) -> None:
        self._allowed = frozenset(map(parse_netloc, allow_private_hosts))
        self._resolve = resolve
        self._remembered: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_closed = False
        self._tls = ssl.create_default_context()

    def check(self, target: Target) -> None:
        """Refuse a target that is private as it is written, without a look-up.

        Raises:
            FetchError: `private_address`.
        """
        if target.netloc in self._allowed:
            return
        is_local_name = target.host == _LOCAL_NAMES[0] or target.host.endswith(_LOCAL_NAMES[1])
        if is_local_name or (target.is_ip_address and not is_public_address(target.host)):
            raise FetchError(Reason.PRIVATE_ADDRESS, f"{target.netloc} is not on the public internet")

    def addresses(self, target: Target, deadline: float) -> tuple[str, ...]:
        """Return the vetted IP addresses of a target.

        Raises:
            FetchError: `private_address` if one is not public, `dns` if there is none or no answer in time.
        """
        self.check(target)
        if target.is_ip_address:
            return (target.host,)
        place = (target.host, target.port)
        with self._lock:
            until, found = self._remembered.get(place, (0.0, ()))
        if until > time.monotonic():
            return found
        first, second = (self._look_up(target, deadline) for _ in range(2))
        if target.netloc not in self._allowed:
            _vet(target.host, (*first, *second))
        with self._lock:
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[place] = (time.monotonic() + _REMEMBERED_SECONDS, first)
        return first

    def _look_up(self, target: Target, deadline: float) -> tuple[str, ...]:
        """Return the addresses of a name; in a thread, as the system's look-up knows no deadline."""
        found: list[tuple[str, ...] | OSError | UnicodeError] = []

        def run() -> None:
            try:
                found.append(self._resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                found.append(error)

        thread = threading.Thread(target=run, name="newsbeam-look-up", daemon=True)
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        if not found:
            raise FetchError(Reason.DNS, f"no address of {target.host} in time")
        result = found[0]
        if isinstance(result, Exception) or not result:
            raise FetchError(Reason.DNS, f"{target.host}: {result or 'no address'}")
        return result

    def dial(self, target: Target, deadline: float) -> socket.socket:
        """Return a new connection to the target, with TLS for https; `hang_up` closes it.

        Raises:
            FetchError: `private_address`, `dns`, `connection`, `tls`, `deadline`.
        """
        errors: list[OSError] = []
        for address in in_turn(self.addresses(target, deadline))[:_MAX_ADDRESSES]:
            try:
                sock = self._connect(address, target.port, deadline)
            except OSError as error:
                errors.append(error)
                continue
            return self._secure(sock, target, deadline) if target.is_tls else sock
        if time.monotonic() >= deadline:
            raise FetchError(Reason.DEADLINE, f"no connection to {target.netloc} within the time limit")
        raise FetchError(Reason.CONNECTION, f"{target.netloc}: {errors[0]}")

    def _connect(self, address: str, port: int, deadline: float) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        self._keep(sock)
        try:
            sock.settimeout(min(_CONNECT_SECONDS, seconds_until(deadline)))
            sock.connect((address, port))
        except OSError:
            self.hang_up(sock)
            raise
        return sock

    def _secure(self, sock: socket.socket, target: Target, deadline: float) -> socket.socket:
        """Return the connection under TLS, for the name and not the address."""
        try:
            secured = self._tls.wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)
        except (OSError, ValueError) as error:  # the name can't stand in a certificate
            self.hang_up(sock)
            raise FetchError(Reason.TLS, f"{target.host}: {error}") from error
        self._forget(sock)
        self._keep(secured)
        try:
            secured.settimeout(seconds_until(deadline))
            secured.do_handshake()
        except TimeoutError as error:
            self.hang_up(secured)
            raise FetchError(Reason.DEADLINE, "no TLS handshake within the time limit") from error
        except OSError as error:
            self.hang_up(secured)
            reason = Reason.TLS if isinstance(error, ssl.SSLError) else Reason.CONNECTION
            raise FetchError(reason, f"{target.host}: {error}") from error
        return secured

    def _keep(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.add(sock)
            is_closed = self._is_closed
        if is_closed:
            _shut_down(sock)

    def _forget(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.discard(sock)

    def hang_up(self, sock: socket.socket) -> None:
        """Close a connection."""
        self._forget(sock)
        sock.close()

    def close(self) -> None:
        """End all connections, also those that others wait on, and those still to come."""
        with self._lock:
            self._is_closed = True
            remaining = tuple(self._open)
        for sock in remaining:
            _shut_down(sock)


def in_turn(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return IPv6 and IPv4 addresses by turns, beginning with the first (RFC 8305, 4): one family may not get through.

    >>> in_turn(("2606:4700::1", "2606:4700::2", "1.1.1.1"))
    ('2606:4700::1', '1.1.1.1', '2606:4700::2')
    """
    families: dict[bool, list[str]] = {}
    for address in addresses:
        families.setdefault(":" in address, []).append(address)
    return tuple(address for turn in zip_longest(*families.values()) for address in turn if address is not None)


def _vet(host: str, addresses: tuple[str, ...]) -> None:
    """Refuse a name if one of its addresses is not public."""
    for address in addresses:
        if not is_public_address(address):
            raise FetchError(Reason.PRIVATE_ADDRESS, f"{host} resolves to {address}")


def _shut_down(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # not connected, or closed by the other side: nobody waits on it for long
