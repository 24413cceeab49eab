"""Addresses: one spelling for equal pages, different ones for others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.urls import MAX_URL_CHARS, canonical_url, registrable_domain


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://news.example/a", "https://news.example/a", id="canonical"),
        pytest.param("HTTP://News.EXAMPLE", "http://news.example/", id="case and empty path"),
        pytest.param(" https://news.example/\ta\n", "https://news.example/a", id="white space"),
        pytest.param("https:\\\\news.example\\a", "https://news.example/a", id="backslashes"),
        pytest.param("https://news.example/A/B/", "https://news.example/A/B/", id="path as it is"),
        pytest.param("https://news.example//a", "https://news.example//a", id="double slash"),
        pytest.param("https://news.example/a/../b/./c/..", "https://news.example/b/", id="dot segments"),
        pytest.param("https://news.example/%2E%2e/a/%2e", "https://news.example/a/", id="encoded dots"),
        pytest.param("https://news.example:443/", "https://news.example/", id="default port"),
        pytest.param("http://news.example:0443/", "http://news.example:443/", id="other port"),
        pytest.param("http://news.example:/", "http://news.example/", id="empty port"),
        pytest.param("https://me:secret@news.example/", "https://news.example/", id="credentials"),
        pytest.param("https://news.example./", "https://news.example/", id="trailing dot"),
        pytest.param("https://news.example/#top", "https://news.example/", id="fragment"),
        pytest.param("https://bücher.example/", "https://xn--bcher-kva.example/", id="international host"),
        pytest.param("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/", id="encoded host"),
        pytest.param("http://[::0:1]:8080/", "http://[::1]:8080/", id="IPv6"),
        pytest.param("http://127.0.0.1/", "http://127.0.0.1/", id="IPv4"),
        pytest.param("http://localhost:8000/a.html", "http://localhost:8000/a.html", id="localhost"),
        pytest.param("https://news.example/été 1", "https://news.example/%C3%A9t%C3%A9%201", id="to be encoded"),
        pytest.param("https://news.example/%7Ea%c3%a9%", "https://news.example/~a%C3%A9%25", id="badly encoded"),
        pytest.param("https://news.example/a%2Fb", "https://news.example/a%2Fb", id="encoded slash"),
        pytest.param("https://news.example/?b=2&a=1&b=1", "https://news.example/?a=1&b=2&b=1", id="sorted"),
        pytest.param("https://news.example/?", "https://news.example/", id="empty query"),
        pytest.param("https://news.example/?a&&b=", "https://news.example/?a&b=", id="empty parameter"),
        pytest.param("https://news.example/?a[1]=é'", "https://news.example/?a%5B1%5D=%C3%A9%27", id="encoded query"),
        pytest.param("https://news.example/?a=1&amp;b=2", "https://news.example/?a=1&b=2", id="escaped ampersand"),
        pytest.param("https://news.example/a;jsessionid=1F.x?p=1", "https://news.example/a?p=1", id="session"),
        pytest.param("https://news.example/\ud800", "https://news.example/%3F", id="lone surrogate"),
    ],
)
def test_canonical_url_is_one_spelling(url: str, expected: str) -> None:
    """Spellings that servers don't tell apart become one."""
    assert expected == canonical_url(url)


TRACKING = """
    utm_source=rss UTM_Medium=x utm%5Fid=1 fbclid=1 gclid=1 gclsrc=x dclid=1 gbraid=1 wbraid=1 msclkid=1 yclid=1
    twclid=1 ttclid=1 igshid=1 igsh=1 mc_cid=1 mc_eid=1 mkt_tok=1 _ga=1 _gl=1 _hsenc=1 _hsmi=1 __hssc=1 xtor=RSS-1
    at_medium=rss at_campaign=1 ns_campaign=1 ns_mchannel=rss pk_campaign=1 mtm_source=1 hsa_net=1 cmpid=1 CMP=1
    ocid=1 ncid=1 icid=1 smid=tw-share wt_mc=rss wt_zmc=rss spm=1 guccounter=1 guce_referrer=1 PHPSESSID=1 taid=1
    feedType=RSS __twitter_impression=true ref=rss source=newsletter src=twitter partner=rss s_cid=1 ftag=1 xtor
"""


@pytest.mark.parametrize(
    "parameter",
    TRACKING.split(),
)
def test_canonical_url_drops_tracking(parameter: str) -> None:
    """Parameters that say how a reader came are dropped, alone and among others."""
    alone, among_others = "https://news.example/a", "https://news.example/?a=1&z=2"

    assert alone == canonical_url(f"{alone}?{parameter}")
    assert among_others == canonical_url(f"https://news.example/?a=1&{parameter}&z=2")


MEANINGFUL = """
    id=1 p=2895 page=2 newsid=7 seite=all gallery=7 reference=12 ref=123 source=reuters from=2024-03-05 cid=3
    keyword=tax campaign=2024 author=x utm=1 atom=1 clid=1 nsa=1 lang=fr gl=US uid=7 session=2 adsl=1 v=Qx7
"""


@pytest.mark.parametrize(
    "parameter",
    MEANINGFUL.split(),
)
def test_canonical_url_keeps_what_may_name_the_article(parameter: str) -> None:
    """Parameters that may tell two articles apart stay."""
    assert f"https://news.example/?{parameter}" == canonical_url(f"https://news.example/?{parameter}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "/a/b",
        "//news.example/a",
        "news.example/a",
        "ftp://news.example/a",
        "mailto:desk@news.example",
        "javascript:alert(1)",
        "https://",
        "https:///",
        "https://?a=1",
        "https://a b.example/",
        "https://a..example/",
        "https://.example/",
        "https://news.example:65536/",
        "https://news.example:x/",
        "https://256.0.0.1/",
        "https://0x7f.1/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[news]/",
        "https://%ff.example/",
        "https://a%2Fb.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        f"https://{'é' * 1000}.example/",
        "https://news.example/" + "a" * MAX_URL_CHARS,
        "https://news.example/" + "é" * 500,
    ],
)
def test_other_addresses_are_none(url: str) -> None:
    """What is no address of a web page, or too long for one, has no canonical form and no domain."""
    assert canonical_url(url) is None
    assert registrable_domain(url) is None


def test_the_longest_address_is_accepted() -> None:
    """An address of exactly the limit is kept."""
    url = "https://news.example/".ljust(MAX_URL_CHARS, "a")

    assert url == canonical_url(url)


ODD_PART = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from("/\\?#&=;%@:.[]amp2eE5Fjsid")))


@given(
    ODD_PART, st.sampled_from(["", "news.example", "u:p@News.Example.:80", "[::1]:443", "1.2.3.4", "bücher.example"])
)
def test_canonical_url_is_its_own(part: str, authority: str) -> None:
    """Any string gives None or an address that stays as it is, in ASCII and within the limit."""
    for url in (f"http://{authority}/{part}", f"http://{authority}?{part}", f"http://{part}", part):
        canonical = canonical_url(url)

        assert canonical is None or (canonical == canonical_url(canonical) and canonical.isascii())
        assert canonical is None or len(canonical) <= MAX_URL_CHARS


SPELLINGS = ["a=1", "b=%C3%A9", "b=é", "utm_source=x", "a;jsessionid=3", "amp;c=1", "amp;amp;utm_id=1", "%61mp;d", ""]


@given(st.lists(st.sampled_from([*SPELLINGS, "/", "..", "%2e", ".", "\\", "?", "&"])))
def test_canonical_url_of_odd_joints_is_its_own(parts: list[str]) -> None:
    """Encoded dots, escaped ampersands and sessions don't come back to life in the result."""
    canonical = canonical_url("http://news.example/" + "".join(parts))

    assert canonical is not None
    assert canonical == canonical_url(canonical)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.lemonde.fr/international/", "lemonde.fr"),
        ("https://news.bbc.co.uk:443/", "bbc.co.uk"),
        ("https://desk.blogspot.com/a", "desk.blogspot.com"),
        ("https://edition.news.example/a", "news.example"),
        ("https://co.uk/", "co.uk"),
        ("https://www.bücher.de/", "xn--bcher-kva.de"),
        ("http://localhost:8000/", "localhost"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]:8000/", "::1"),
    ],
)
def test_registrable_domain_is_what_was_registered(url: str, expected: str) -> None:
    """Public suffixes are told from domains, and hosts without one stand for themselves."""
    assert expected == registrable_domain(url)


@given(ODD_PART)
def test_registrable_domain_is_the_same_of_the_canonical_url(part: str) -> None:
    """The canonical form has the domain of the address, and no address raises an error."""
    url = f"http://{part}"
    canonical = canonical_url(url)

    assert (registrable_domain(canonical) if canonical else None) == registrable_domain(url)
