"""Addresses of articles: one spelling for each, and the domain they belong to."""

import ipaddress
import re
from urllib.parse import unquote_to_bytes

import courlan

MAX_URL_CHARS = 2_048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65_535
_MAX_HOST_CHARS = 253

_EDGES = "".join(map(chr, range(0x21)))
_NEWLINES_AND_TABS = re.compile(r"[\t\n\r]")
# As browsers read it: any number of slashes after the scheme, backslashes among them. No two parts share a character.
_URL = re.compile(
    r"""
    (?P<scheme> https? ) : [/\\]*
    (?P<authority> [^/\\?\#]* )
    (?P<path> [^?\#]* )
    (?: \? (?P<query> [^\#]* ) )?
    (?: \# .* )?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_PORT = re.compile(r":([0-9]*)\Z")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_CHARS = _UNRESERVED | frozenset("!$&'()*+,;=:@/")
_QUERY_CHARS = _PATH_CHARS - {"'"} | {"?"}
_ESCAPE_OR_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|([^A-Za-z0-9._~-])")

# A parameter begins after `&`, or after the `&amp;` of a page that was not unescaped.
_PARAMETER_START = re.compile(r"(?:^|&)(?:amp;)*")
# Parameters that say how a reader came, never which article it is. courlan's pattern is not used: it matches beginnings
# of names, so it drops `gallery=7` and `reference=12`, and two articles would become one.
_TRACKING = re.compile(
    r"""
    (?: (?: utm | at | hsa | itm | matomo | mtm | ns | oly | piwik | pk | vero | guce ) _ [^=]*
      # identifiers of clicks
      | _ga | _gl | _hsenc | _hsmi | __hs[^=]* | hsctatracking | _openstat | gad_source | li_fat_id | mkt_tok | s_kwcid
      | (?: d | fb | g | tt | tw | y | ys ) clid | gclsrc | [gw]braid | igsh (?: id )? | mibextid | wickedid
      | mc_[ce]id | msclkid | s_cid
      # campaigns and buttons of publishers
      | __source | __tn__ | __twitter_impression | cmp (?: id )? | fb_(?: action_ids | action_types | ref | source )
      | feed(?: name | type ) | ft(?: ag | camp ) | google_editors_picks | guccounter | icid | ncid | ocid | smid
      | soc_(?: src | trk ) | spm | sr_share | taid | traffic_source | tsrc | wt_z?mc | xtor
      # sessions
      | phpsessid | jsessionid
    ) (?: = .* )?
    # These track only where they name a channel: elsewhere `ref=123` may be the article.
    | (?: from | partner | ref | referrer | source | src | srcref | via )
      = (?: atom | email | facebook | feed | linkedin | newsletter | rss | share | social | twitter )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def canonical_url(url: str) -> str | None:
    """Return `url` in the one spelling that stands for its article, None if it is no address of a web page.

    Scheme and host are in lower case, an international host in its ASCII form. User name, default port, fragment,
    dot segments, a final dot of the host, session identifiers and tracking parameters go. Percent-encoding is that of
    RFC 3986. The other parameters are sorted by name, since servers don't mind their order and equal pages shall have
    equal ids; those of one name stay in order. The path keeps its case and its final slash: servers may tell either
    apart, and the result must still lead to the page. It is its own canonical form.

    Args:
        url: absolute address; addresses of more than 2,048 characters are not accepted.

    >>> canonical_url("HTTPS://News.Example.:443/A/../b/?utm_source=rss&p=2&id=7#top")
    'https://news.example/b/?id=7&p=2'
    """
    match = _URL.fullmatch(_NEWLINES_AND_TABS.sub("", url.strip(_EDGES))) if len(url) <= MAX_URL_CHARS else None
    if match is None:
        return None
    scheme = match["scheme"].lower()
    authority = _read_authority(match["authority"], _DEFAULT_PORTS[scheme])
    if authority is None:
        return None
    query = _clean_query(match["query"] or "")
    result = f"{scheme}://{authority}{_clean_path(match['path'])}{'?' if query else ''}{query}"
    return result if len(result) <= MAX_URL_CHARS else None


def registrable_domain(url: str) -> str | None:
    """Return the domain that the owner of the page registered, None if `url` is no address of a web page.

    The Public Suffix List that courlan brings decides, without a look at the network; below endings that it does not
    know, two labels count. IP addresses and hosts of one label stand for themselves.

    >>> registrable_domain("https://www.bbc.co.uk/news"), registrable_domain("http://127.0.0.1:8000/a")
    ('bbc.co.uk', '127.0.0.1')
    """
    canonical = canonical_url(url)
    if canonical is None:
        return None
    host = _PORT.sub("", canonical.split("/")[2])
    if host.startswith("[") or _is_ip_number(host):
        return host.strip("[]")
    return courlan.extract_domain(f"http://{host}/", fast=False) or ".".join(host.split(".")[-2:])


def _read_authority(authority: str, default_port: int) -> str | None:
    """Return host and, unless it is the default one, port; None if there is no such host or port."""
    host = authority.rpartition("@")[2]
    port_match = _PORT.search(host)
    port = port_match[1] if port_match else ""
    clean_host = _clean_host(host[: port_match.start()] if port_match else host)
    if clean_host is None or (port and int(port) > _MAX_PORT):
        return None
    return clean_host if not port or int(port) == default_port else f"{clean_host}:{int(port)}"


def _clean_host(host: str) -> str | None:
    """Return `host` in lower-case ASCII, None if it can't be one.

    >>> _clean_host("Zeitung-Köln.example."), _clean_host("[::0:1]"), _clean_host("a b"), _clean_host("1.2.3")
    ('xn--zeitung-kln-zfb.example', '[::1]', None, None)
    """
    try:
        if host.startswith("["):
            return f"[{ipaddress.IPv6Address(host[1:].removesuffix(']')).compressed}]" if "%" not in host else None
        name = unquote_to_bytes(host).decode().lower().removesuffix(".")
        if not name.isascii() and len(name) <= _MAX_HOST_CHARS:
            name = name.encode("idna").decode("ascii").lower().removesuffix(".")
        if _is_ip_number(name):
            return str(ipaddress.IPv4Address(name))
    except ValueError:  # not an IP address, not UTF-8, or not allowed in a domain name
        return None
    return name if len(name) <= _MAX_HOST_CHARS and _HOST.fullmatch(name) else None


def _is_ip_number(host: str) -> bool:
    """Whether browsers would read `host` as an IPv4 address: its last label is a number."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _clean_path(path: str) -> str:
    """Return `path` without dot segments and session identifiers, percent-encoded in one way.

    >>> _clean_path("/a/./b/../%7eC;jsessionid=1F/d e")
    '/a/~C/d%20e'
    """
    segments: list[str] = []
    encoded = _SESSION_IN_PATH.sub("", _encode(path.replace("\\", "/"), _PATH_CHARS))
    *parents, last = encoded.split("/")[1:] or [""]
    for segment in parents:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if last == "..":
        del segments[-1:]
    return "/" + "/".join([*segments, "" if last in (".", "..") else last])


def _clean_query(query: str) -> str:
    """Return `query` without tracking parameters, sorted by name, percent-encoded in one way."""
    parameters = _PARAMETER_START.split(_encode(query, _QUERY_CHARS))
    return "&".join(sorted((kept for kept in parameters if kept and not _TRACKING.fullmatch(kept)), key=_read_name))


def _read_name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _encode(part: str, allowed: frozenset[str]) -> str:
    """Return `part` with all but `allowed` percent-encoded, once: escapes stay, those of unreserved characters go."""

    def encode_one(match: re.Match[str]) -> str:
        escape, other = match.groups()
        if escape:
            character = chr(int(escape, 16))
            return character if character in _UNRESERVED else f"%{escape.upper()}"
        return other if other in allowed else "".join(f"%{byte:02X}" for byte in other.encode("utf-8", "replace"))

    return _ESCAPE_OR_OTHER.sub(encode_one, part)
