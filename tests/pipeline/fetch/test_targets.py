"""Tests of reading addresses."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.fetch.errors import FetchError
from pipeline.fetch.urls import parse_netloc, parse_target, show_url, strip_credentials
from transforms.errors import Reason
from transforms.urls import MAX_URL_CHARS

LOOPBACK_IN_DISGUISE = (
    *(
        "http://2130706434:8/",
        "http://0x7f000002:8/",
        "http://0177.0.0.2:8/",
        "http://127.2:8/",
        "http://127.0.0.2.:8/",
    ),
    *("http://127。0。0。2:8/", "http://①②⑦.⓪.⓪.②:8/", "http://127.0.\t0.2:8/", "http://127.0.0.%32:8/"),
    *("http://good.example@127.0.0.2:8/", "http://u:p@127.0.0.2:8/", "\x01 http://127.0.0.2:8/", "//127.0.0.2:8/"),
)


@pytest.mark.parametrize("url", LOOPBACK_IN_DISGUISE)
def test_disguised_hosts_come_out_plain(url: str) -> None:
    """All spellings of an IP address that browsers take are that address."""
    assert "127.0.0.2:8" == parse_target(url, "http://base.example/").netloc


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", Reason.BAD_URL),
        ("/relative", Reason.BAD_URL),
        ("http://", Reason.BAD_URL),
        ("http://[::1", Reason.BAD_URL),
        ("http://exa mple.org/", Reason.BAD_URL),
        ("http://example.org:99999/", Reason.BAD_URL),
        ("http://256.1.1.1/", Reason.BAD_URL),
        ("http://good.example\\@127.0.0.2/", Reason.BAD_URL),
        ("http:\\\\example.org/", Reason.BAD_URL),
        ("http://example.org/".ljust(MAX_URL_CHARS + 1, "a"), Reason.BAD_URL),
        ("http://example.org/" + "ä" * 500, Reason.BAD_URL),
        ("javascript:alert(1)", Reason.BAD_SCHEME),
        ("data:text/html,<p>x", Reason.BAD_SCHEME),
        ("file:///etc/hostname", Reason.BAD_SCHEME),
        ("ftp://example.org/", Reason.BAD_SCHEME),
        ("mailto:a@example.org", Reason.BAD_SCHEME),
    ],
)
def test_unusable_addresses_have_a_reason(url: str, reason: Reason) -> None:
    """What can't or may not be asked is refused with its reason."""
    with pytest.raises(FetchError) as caught:
        parse_target(url)
    assert reason == caught.value.reason


def test_a_target_has_what_a_request_needs() -> None:
    """Host, port, path and authorization come apart; fragment and credentials leave the address."""
    target = parse_target("HTTPS://us%40er:p%3Aw@München.Example:443/ä/../b?q=ü#top")
    assert "https://xn--mnchen-3ya.example/b?q=%C3%BC" == target.url
    assert ("xn--mnchen-3ya.example", 443, True) == (target.host, target.port, target.is_tls)
    assert "/b?q=%C3%BC" == target.path
    assert "Basic dXNAZXI6cDp3" == target.authorization
    assert "dXNAZXI6cDp3" not in repr(target)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("http://feeds.bbc.co.uk:8080/", "bbc.co.uk"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://[::1]:8000/", "[::1]:8000"),
        ("http://localhost/", "localhost:80"),
        ("http://a.test:81/", "a.test"),
    ],
)
def test_pace_is_kept_for_the_registrable_domain(url: str, key: str) -> None:
    """Hosts of one owner share a pace; addresses and names of one label have one for each port."""
    assert key == parse_target(url).pace_key


@given(st.text(max_size=80) | st.text(alphabet="htp:/\\@.[]%#?ab01ü\t ", max_size=40).map("http://".__add__))
@example("http://%")
def test_any_text_is_read_or_refused(url: str) -> None:
    """Nothing but `FetchError` is raised, and an address that was read is read the same again."""
    try:
        target = parse_target(url)
    except FetchError:
        return
    assert target.url.isascii()
    again = parse_target(target.url)
    assert (target.url, target.netloc, target.path) == (again.url, again.netloc, again.path)
    if target.is_ip_address:
        ipaddress.ip_address(target.host)


@given(st.text(max_size=20), st.text(max_size=20))
def test_credentials_never_stay(user: str, password: str) -> None:
    """Whatever the user name and password are, they are in no address that is shown or kept."""
    url = f"https://SECRET{user}:SECRET{password}@example.org/feed.xml"
    shown = [strip_credentials(url), show_url(url)]
    try:
        shown.append(parse_target(url).url)
    except FetchError as error:
        shown.append(str(error))
    if not set(user + password) & set("/\\?#"):
        assert not any("SECRET" in one for one in shown)


def test_an_at_sign_in_the_path_stays() -> None:
    """Only the part before the host is taken for credentials."""
    url = "https://example.org/@someone?mail=mailto:x@example.org"
    assert url == strip_credentials(url)


@pytest.mark.parametrize(
    "netloc", ["localhost", "localhost:", "http://localhost:80", "a b:80", "u@localhost:80", ":80"]
)
def test_an_allowed_host_needs_host_and_port(netloc: str) -> None:
    """An entry of the allow-list that is not exactly host:port is refused."""
    with pytest.raises(ValueError, match="host:port"):
        parse_netloc(netloc)
