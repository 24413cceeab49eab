"""Addresses as they are asked for: read as browsers read them, judged by the host that comes out."""

import base64
import functools
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

import ada_url

from pipeline.fetch.errors import FetchError
from transforms.errors import Reason
from transforms.urls import MAX_URL_CHARS, registrable_domain

_DEFAULT_PORTS: Final = {"http:": 80, "https:": 443}
# RFC 3986 and the browsers disagree about which host such an address has.
_BACKSLASH_IN_HOST: Final = re.compile(r"[\x00-\x20]*https?:/*[^/?#]*\\", re.IGNORECASE)
_CREDENTIALS: Final = re.compile(r"\A([\x00-\x20]*[A-Za-z][A-Za-z0-9+.-]*:[/\\]*)[^/\\?#]*@")
_SHOWN_CHARS: Final = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that may be asked.

    Attributes:
        url: the whole address in ASCII, without fragment and credentials.
        host: name or IP address in lower-case ASCII, without brackets and final dot.
        port: of the server.
        is_tls: whether the scheme is https.
        path: path and query as they go into the request line.
        authorization: value of an `Authorization` header for the credentials that the address held, or None.
    """

    url: str
    host: str
    port: int
    is_tls: bool
    path: str
    authorization: str | None = field(repr=False)

    @property
    def netloc(self) -> str:
        """Host and port, as an allow-list names them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for (RFC 9309, 2.3)."""
        return f"{'https' if self.is_tls else 'http'}://{self.netloc}"

    @property
    def is_ip_address(self) -> bool:
        """Whether the host is an IP address and no name."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    @property
    def pace_key(self) -> str:
        """What is asked at one pace: the registrable domain; host and port for IP addresses and names of one label."""
        if self.is_ip_address or "." not in self.host:
            return self.netloc
        return _domain(self.host)


@functools.lru_cache(maxsize=4096)
def _domain(host: str) -> str:
    return registrable_domain(f"http://{host}/") or host


def parse_target(url: str, base: str | None = None) -> Target:
    r"""Return what `url` asks for, by the WHATWG URL standard.

    So tabs and line ends go, full-width and circled digits, hexadecimal, octal and short IPv4 numbers become plain
    ones, and international names become ASCII.

    Args:
        url: the address; relative to `base` if that is given.
        base: address of the page that names it.

    Raises:
        FetchError: `bad_scheme` for other schemes than http and https; `bad_url` for what can't be read, has more than
            2,048 characters, or a backslash within its host, where programs disagree about which host that is.

    >>> parse_target("http://u:p@0x7f.1:8000/a\tb?q#f").url
    'http://127.0.0.1:8000/ab?q'
    """
    if len(url) > MAX_URL_CHARS:
        raise FetchError(Reason.BAD_URL, f"{len(url):,} characters, the limit is {MAX_URL_CHARS:,}")
    try:
        parsed = ada_url.URL(url, base) if base is not None else ada_url.URL(url)
    except ValueError as error:
        raise FetchError(Reason.BAD_URL, f"not an address: {show_url(url)}") from error
    if parsed.protocol not in _DEFAULT_PORTS:
        raise FetchError(Reason.BAD_SCHEME, f"neither http nor https: {show_url(url)}")
    host = parsed.hostname.strip("[]").removesuffix(".")
    if not host or _BACKSLASH_IN_HOST.match(url) or len(parsed.href) > MAX_URL_CHARS:
        raise FetchError(Reason.BAD_URL, f"not an address that may be asked: {show_url(url)}")
    authorization = _basic(parsed.username, parsed.password)
    parsed.username = parsed.password = parsed.hash = ""
    return Target(
        url=parsed.href.removesuffix("#"),
        host=host,
        port=int(parsed.port) if parsed.port else _DEFAULT_PORTS[parsed.protocol],
        is_tls=parsed.protocol == "https:",
        path=parsed.pathname + parsed.search,
        authorization=authorization,
    )


def _basic(username: str, password: str) -> str | None:
    """Return the header value of HTTP Basic authentication (RFC 7617)."""
    if not username and not password:
        return None
    pair = unquote_to_bytes(username) + b":" + unquote_to_bytes(password)
    return "Basic " + base64.b64encode(pair).decode("ascii")


def parse_netloc(netloc: str) -> str:
    """Return an exact `host:port` in the spelling of `Target.netloc`.

    Raises:
        ValueError: host or port is missing or wrong.

    >>> parse_netloc("LocalHost:8000"), parse_netloc("[0::1]:80")
    ('localhost:8000', '[::1]:80')
    """
    if not re.fullmatch(r"[^/@?#\\]+:[0-9]{1,5}", netloc):
        raise ValueError(f"{netloc!r} is not host:port")
    try:
        return parse_target(f"http://{netloc}/").netloc
    except FetchError as error:
        raise ValueError(f"{netloc!r} is not host:port") from error


def strip_credentials(url: str) -> str:
    """Return `url` without user name and password; for logs and records.

    >>> strip_credentials("https://user:pass@example.org/feed.xml")
    'https://example.org/feed.xml'
    """
    return _CREDENTIALS.sub(r"\1", re.sub(r"[\t\r\n]", "", url), count=1)


def show_url(url: str) -> str:
    """Return `url` for a message: without credentials, short, in one line."""
    return ascii(strip_credentials(url)[:_SHOWN_CHARS])
