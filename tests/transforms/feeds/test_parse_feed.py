"""RSS, RDF and Atom: what is read, what is salvaged, what is refused."""

import dataclasses
import html
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.errors import ArticleError, Reason
from transforms.feeds import ParsedFeed, parse_feed
from transforms.feeds.xml_feeds import MAX_DEPTH
from transforms.records import Author, FeedEntry, Image
from transforms.text import valid_text

URL = "https://news.example/feeds/all.xml"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
     xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
<channel>
  <title>Harbour &amp; Town</title>
  <link>https://news.example/</link>
  <language>en-GB</language>
  <ttl>15</ttl>
  <sy:updatePeriod>hourly</sy:updatePeriod>
  <sy:updateFrequency>2</sy:updateFrequency>
  <skipHours><hour>2</hour><hour>24</hour><hour>99</hour></skipHours>
  <skipDays><day>Sunday</day><day>Someday</day></skipDays>
  <item>
    <title>AT&amp;amp;T &lt;b&gt;wins&lt;/b&gt; 5 &amp;lt; 6</title>
    <link>/2024/tunnel?a=1&amp;b=2</link>
    <guid isPermaLink="false">tag:1</guid>
    <pubDate>Tue, 05 Mar 2024 14:30:00 +0100</pubDate>
    <dc:creator>Ana Roe</dc:creator>
    <dc:creator>Jo Poe</dc:creator>
    <category>Transport</category>
    <category>Harbour</category>
    <category>Transport</category>
    <description>The tunnel &lt;i&gt;opens&lt;/i&gt;.</description>
    <content:encoded><![CDATA[<p>The tunnel opens & all <a href="../x">cheer</a>.</p>]]></content:encoded>
    <enclosure url="/audio.mp3" length="1" type="audio/mpeg"/>
    <media:content url="https://img.example/a.jpg" medium="image"/>
    <media:description>The mouth of the tunnel</media:description>
    <media:credit>A. Roe</media:credit>
  </item>
  <item>
    <title>Ferry sinks</title>
    <guid>https://news.example/2024/ferry</guid>
    <author>jo@news.example (Jo Poe)</author>
    <feedburner:origLink>https://news.example/2024/ferry-itself</feedburner:origLink>
  </item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/de/" xml:lang="de">
  <title>Hafen</title>
  <author><name>Redaktion</name></author>
  <entry>
    <title type="text">A &lt;b&gt; c</title>
    <id>urn:uuid:1</id>
    <link rel="edit" href="/edit/1"/>
    <link href="tunnel"/>
    <published>2024-03-05T14:30:00+01:00</published>
    <updated>2024-03-06T09:00:00Z</updated>
    <category term="17" label="Verkehr"/>
    <summary>Der Tunnel.</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Der Tunnel <b>ist</b> auf.</p></div></content>
  </entry>
  <entry xml:lang="fr"><title>Le tunnel</title><author><name>Zoé</name><uri>https://zoe.example/</uri></author></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://news.example/"><title>Harbour</title><link>https://news.example/</link></channel>
<item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link>
<dc:date>2024-03-05</dc:date></item></rdf:RDF>"""


def read(text: str | bytes, content_type: str | None = None) -> ParsedFeed:
    """Parse a feed at `URL`."""
    body = text.encode() if isinstance(text, str) else text
    return parse_feed(body, url=URL, content_type=content_type)


def rss(*items: str, channel: str = "") -> str:
    """Return an RSS feed with these items."""
    return f'<rss version="2.0"><channel><title>Harbour</title>{channel}{"".join(items)}</channel></rss>'


def item(number: int, extra: str = "") -> str:
    """Return a plain item."""
    return f"<item><title>Story {number}</title><link>https://news.example/{number}</link>{extra}</item>"


def entry(extra: str) -> FeedEntry:
    """Return the entry of a feed whose only item has this content."""
    (found,) = read(rss(f"<item>{extra}</item>")).entries
    return found


def reason(text: str | bytes) -> Reason:
    """Return why a document is refused."""
    with pytest.raises(ArticleError) as caught:
        read(text)
    return caught.value.reason


def test_an_rss_item_is_read_whole() -> None:
    """Every value of an item has its place, as text where text is meant, with absolute links."""
    assert read(RSS).entries[0] == FeedEntry(
        feed_url=URL,
        feed_title="Harbour & Town",
        position=0,
        guid="tag:1",
        link="https://news.example/2024/tunnel?a=1&b=2",
        title="AT&T wins 5 < 6",
        summary="The tunnel opens.",
        content='<p>The tunnel opens & all <a href="https://news.example/x">cheer</a>.</p>',
        authors=(Author(name="Ana Roe"), Author(name="Jo Poe")),
        categories=("Transport", "Harbour"),
        images=(Image(url="https://img.example/a.jpg", caption="The mouth of the tunnel", credit="A. Roe"),),
        enclosures=("https://news.example/audio.mp3", "https://img.example/a.jpg"),
        language="en-GB",
        published="Tue, 05 Mar 2024 14:30:00 +0100",
    )


def test_the_channel_is_read() -> None:
    """Title, language, site and the publisher's wishes for polling are those of the channel."""
    feed = read(RSS)

    assert ("rss", "Harbour & Town", "en-GB") == (feed.kind, feed.title, feed.language)
    assert "https://news.example/" == feed.site_url
    assert 1_800 == feed.min_poll_seconds
    assert frozenset({0, 2}) == feed.skip_hours
    assert frozenset({6}) == feed.skip_days
    assert (feed.is_truncated, feed.bozo) == (False, None)


def test_what_stands_behind_feedburner_is_the_link() -> None:
    """FeedBurner's original link goes before a permalink."""
    ferry = read(RSS).entries[1]

    assert ("https://news.example/2024/ferry-itself", "https://news.example/2024/ferry") == (ferry.link, ferry.guid)
    assert (Author(name="Jo Poe"),) == ferry.authors


def test_atom_is_read() -> None:
    """Links hang on xml:base, the feed's author stands in for missing ones, languages are inherited."""
    tunnel, french = read(ATOM).entries

    assert "https://news.example/de/tunnel" == tunnel.link
    assert ("A <b> c", "Der Tunnel.") == (tunnel.title, tunnel.summary)
    assert tunnel.content is not None
    assert "<p>Der Tunnel <b>ist</b> auf.</p>" in tunnel.content
    assert ("2024-03-05T14:30:00+01:00", "2024-03-06T09:00:00Z") == (tunnel.published, tunnel.updated)
    assert ("Verkehr",) == tunnel.categories
    assert ((Author(name="Redaktion"),), "de") == (tunnel.authors, tunnel.language)
    assert ((Author(name="Zoé", url="https://zoe.example/"),), "fr") == (french.authors, french.language)


def test_rdf_is_read() -> None:
    """RSS 1.0 has its items beside the channel, and the date of publication in `dc:date`."""
    feed = read(RDF)

    assert ("rdf", "Harbour", 1) == (feed.kind, feed.title, len(feed.entries))
    assert ("https://news.example/1", "2024-03-05") == (feed.entries[0].link, feed.entries[0].published)


def test_an_rdf_item_without_link_is_known_by_its_name() -> None:
    """`rdf:about` is to be the link of an item; it counts where it is an address and there is no link."""
    link = "<link>https://news.example/1</link>"
    assert link in RDF
    for name, expected in (("https://news.example/about", "https://news.example/about"), ("urn:1", None)):
        found = read(re.sub(r"(<item[^>]*rdf:about=)\"[^\"]*\"", rf'\1"{name}"', RDF.replace(link, ""))).entries[0]
        assert expected == found.link


def test_positions_are_those_of_the_document() -> None:
    """Entries keep their order, and those with the same guid are all there."""
    feed = read(rss(*(item(number, "<guid>0</guid>") for number in range(5))))

    assert list(range(5)) == [found.position for found in feed.entries]
    assert [f"Story {number}" for number in range(5)] == [found.title for found in feed.entries]


@pytest.mark.parametrize(
    ("extra", "link"),
    [
        ("<guid>https://news.example/7</guid>", "https://news.example/7"),
        ("<guid>/7</guid>", "https://news.example/7"),
        ("<guid>4711</guid>", None),
        ("<guid>urn:uuid:7</guid>", None),
        ('<guid isPermaLink="false">https://news.example/7</guid>', None),
        ("<guid>https://news.example/7</guid><link>/8</link>", "https://news.example/8"),
        ("<link><![CDATA[ https://news.example/9 ]]></link>", "https://news.example/9"),
        ("<link>\n https://news.example/\n  9</link>", "https://news.example/9"),
        ("<link>https://news.example/?a=1&b=2&copy=3</link>", "https://news.example/?a=1&b=2&copy=3"),
        ("<link>javascript:alert(1)</link>", "javascript:alert(1)"),
        ("<link>http://[::1</link>", "http://[::1"),
        ("<link></link>", None),
        ('<atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="/a"/>', "https://news.example/a"),
    ],
)
def test_the_link_is_found(extra: str, link: str | None) -> None:
    """A link is absolute; a guid is one only if it looks like one; what can't be fetched is left to be reported."""
    assert link == entry(extra).link


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A &lt; B", "A < B"),
        ("A &amp;lt; B", "A < B"),
        ("Caf&eacute; &nbsp;&#8211; noir", "Café \u2013 noir"),
        ("<![CDATA[Caf&eacute; <em>noir</em>]]>", "Café noir"),
        ("S &#xD83D;&#xDE00;", "S \U0001f600"),
        ("S &#xD800; 1", "S \ufffd 1"),
        ("S&#0;&#11;T&#99999999;", "ST\ufffd"),
        ("It&#146;s", "It\u2019s"),
        ("Fish & chips", "Fish & chips"),
        ("R&D; now", "R&D; now"),
        ("A&unknown;B", "A&unknown;B"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Safe &lt;b&gt;title&lt;/b&gt;", "Safe title"),
        ("", None),
    ],
)
def test_titles_are_text(written: str, title: str | None) -> None:
    """References are resolved as often as they were made, bad ones are mended, and markup goes."""
    assert title == entry(f"<title>{written}</title>").title


def test_the_longest_content_counts() -> None:
    """Of several contents the longest is kept, and a summary is not made up of it."""
    found = entry(
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">&lt;p&gt;Long text.&lt;/p&gt;'
        '</content:encoded><body xmlns="http://www.w3.org/1999/xhtml"><p>x</p></body>'
    )

    assert ("<p>Long text.</p>", None) == (found.content, found.summary)


@pytest.mark.parametrize(("count", "is_content"), [(10, False), (60, True)])
def test_a_summary_as_long_as_an_article_is_content(count: int, is_content: bool) -> None:
    """A description that holds the article is its content, with its paragraphs."""
    description = "<p>The tunnel opened on Monday.</p>" * count

    found = entry(f"<description>{html.escape(description)}</description>")

    assert (description if is_content else None) == found.content
    assert found.summary is not None


def test_a_plain_content_is_made_html() -> None:
    """Content that is stated to be text has its signs escaped."""
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="text">1 &lt; 2</content></entry></feed>'

    assert "1 &lt; 2" == read(atom).entries[0].content


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ('<img src="/a.jpg">', "https://news.example/a.jpg"),
        (
            '<img width="1" height="1" src="/pixel.gif"><img src="/b.jpg?x=1&amp;y=2">',
            "https://news.example/b.jpg?x=1&y=2",
        ),
        ('<img src="data:image/png;base64,xx">', None),
    ],
)
def test_a_picture_of_the_content_is_the_last_resort(content: str, url: str | None) -> None:
    """Without media, the first picture to be seen in the content is the entry's."""
    found = entry(f"<description>short</description><fullitem>{html.escape(content)}</fullitem>")

    assert ((Image(url=url),) if url else ()) == found.images


def test_authors_and_categories_are_capped() -> None:
    """Ten thousand authors and categories become 100 and 200."""
    creators = "".join(f"<author>Author {number}</author><category>c{number}</category>" for number in range(10_000))

    found = entry(creators)

    assert (100, 200) == (len(found.authors), len(found.categories))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("<?xml version='1.0' encoding='utf-8'?>{}".encode("latin-1"), None, id="latin-1 that says utf-8"),
        pytest.param(b"<?xml version='1.0' encoding='iso-8859-1'?>{}", None, id="utf-8 that says latin-1"),
        pytest.param(b"\xef\xbb\xbf<?xml version='1.0' encoding='iso-8859-1'?>{}", None, id="utf-8 by its mark"),
        pytest.param(b"{}", "application/rss+xml; charset=iso-8859-1", id="utf-8 that is served as latin-1"),
        pytest.param(b"<?xml version='1.0' encoding='utf-8'?>{}", "text/xml", id="no charset"),
        pytest.param(b"\n\n <?xml version='1.0'?>{}", None, id="white space first"),
        pytest.param(b"Warning: x in <b>y.php</b> on line 3<br />\n<?xml version='1.0'?>{}", None, id="text first"),
        pytest.param(b"<!-- <rss> --><?xml-stylesheet href='a'?>{}", None, id="comment first"),
    ],
)
def test_wrong_declarations_do_no_harm(body: bytes, content_type: str | None) -> None:
    """The characters are right, whatever document and server say of them, and whatever stands first."""
    text = rss(item(1).replace("Story", "Café señor")).encode("latin-1" if b"that says utf-8" in body else "utf-8")

    assert "Café señor 1" == read(body.replace(b"{}", text), content_type).entries[0].title


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "latin-1", "windows-1251", "euc-kr", "gb18030"])
def test_declared_encodings_are_read(codec: str) -> None:
    """An encoding that is declared and true is read, with a mark or without."""
    title = {"windows-1251": "Тоннель", "euc-kr": "터널", "gb18030": "隧道"}.get(codec, "Café")
    text = f"<?xml version='1.0' encoding='{codec}'?>{rss(item(1).replace('Story', title))}"

    assert f"{title} 1" == read(text.encode(codec)).entries[0].title


def test_an_entry_in_another_encoding_harms_no_other() -> None:
    """Stray bytes of windows-1252 in a feed of UTF-8 are read as what they are, and the others stay right."""
    body = rss(item(1).replace("Story", "Ærø, Łódź"), item(2).replace("Story", "Straße"))
    for declared in ("", '<?xml version="1.0" encoding="utf-8"?>'):
        feed = read((declared + body).encode().replace("ß".encode(), "ß".encode("cp1252")))
        assert ["Ærø, Łódź 1", "Straße 2"] == [found.title for found in feed.entries]


@pytest.mark.parametrize(("codec", "title"), [("koi8-r", "Новости"), ("gbk", "新闻联播"), ("cp1252", "Füße")])
def test_other_encodings_are_not_taken_for_damaged_unicode(codec: str, title: str) -> None:
    """A feed that says what it is in is read so, and one that does not is no UTF-8 with stray bytes."""
    body = rss(item(1).replace("Story", title))
    declared = f'<?xml version="1.0" encoding="{codec}"?>{body}'.encode(codec)
    assert f"{title} 1" == read(declared).entries[0].title
    assert read(body.encode(codec)).entries[0].title


def test_the_servers_charset_counts() -> None:
    """Without a declaration in the document the server's charset is taken."""
    text = rss(item(1).replace("Story", "Тоннель")).encode("windows-1251")

    assert "Тоннель 1" == read(text, "text/xml; charset=windows-1251").entries[0].title


def test_entities_are_not_expanded() -> None:
    """Neither nested, nor long, nor external entities get in; short ones do."""
    laughs = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    text = (
        f"<!DOCTYPE rss [<!ENTITY a0 'lol'>{laughs}<!ENTITY x SYSTEM 'file:///etc/passwd'>"
        f"<!ENTITY b '{'B' * 1_000}'><!ENTITY pub 'Harbour News'>]>"
        + rss("<item><title>&a9; &x; &b; &pub;</title></item>")
    )

    assert "&a9; &x; &b; Harbour News" == read(text).entries[0].title


def test_a_short_entity_used_often_is_not_expanded() -> None:
    """Entities that would make much of little are left as they are."""
    text = f"<!DOCTYPE rss [<!ENTITY a '{'A' * 100}'>]>" + rss(f"<item><title>{'&a;' * 10_000}</title></item>")

    title = read(text).entries[0].title

    assert title is not None
    assert "A" not in title


def test_entities_that_would_explode_are_refused() -> None:
    """A long entity that is used thousands of times is an attack."""
    text = f"<!DOCTYPE rss [<!ENTITY a '{'A' * 100_000}'>]>" + rss(f"<item><title>{'&a;' * 1_000}</title></item>")

    assert Reason.BAD_XML is reason(text)


def test_a_cut_feed_keeps_what_stands_before_the_cut() -> None:
    """Of a feed that ends in the middle of a link the whole entries stay, and the cut is told."""
    whole = rss(*map(item, range(20)))

    feed = read(whole[: whole.index("/12</link>")])

    assert [f"Story {number}" for number in range(12)] == [found.title for found in feed.entries]
    assert feed.is_truncated
    assert feed.bozo
    assert "Harbour" == feed.title


@settings(deadline=None)
@given(st.integers(0, len(RSS)))
def test_a_cut_never_makes_up_an_entry(end: int) -> None:
    """Wherever a feed is cut, what comes out are its first entries, unchanged."""
    whole = read(RSS)

    try:
        feed = read(RSS[:end])
    except ArticleError:
        return

    assert feed.entries == whole.entries[: len(feed.entries)]
    assert feed.is_truncated or feed.entries == whole.entries


@pytest.mark.parametrize("cut", [ATOM, RDF])
def test_cut_feeds_of_other_kinds_are_salvaged(cut: str) -> None:
    """Atom and RDF feeds without their end give their whole entries."""
    end = cut.rindex("</")

    feed = read(cut[:end])

    assert read(cut).entries == feed.entries
    assert feed.is_truncated


def test_a_broken_entry_harms_no_other() -> None:
    """Of three entries of which one is badly broken the others are as they were."""
    broken = "<item><title>Fish <b>& chips</title><link>https://news.example/fish</link></item>"

    feed = read(rss(item(1), broken, item(3)))

    assert ["Story 1", "Fish & chips", "Story 3"] == [found.title for found in feed.entries]
    assert "https://news.example/fish" == feed.entries[1].link
    assert not feed.is_truncated
    assert feed.bozo


def test_undeclared_prefixes_are_read() -> None:
    """Elements of a well-known prefix that is not declared count."""
    assert (Author(name="Ana Roe"),) == entry("<dc:creator>Ana Roe</dc:creator><x:y z:a='1'/>").authors


def test_control_characters_go() -> None:
    """Characters that XML does not allow are left out, the feed stays."""
    feed = read(rss(item(1), item(2)).replace("Story", "St\x00\x0bory"))

    assert ["Story 1", "Story 2"] == [found.title for found in feed.entries]
    assert feed.bozo is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", Reason.EMPTY_BODY),
        (b" \n\t", Reason.EMPTY_BODY),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), Reason.BINARY_INPUT),
        (b"<!DOCTYPE html><html><head><title>404</title></head></html>", Reason.NOT_A_FEED),
        (b"just words", Reason.NOT_A_FEED),
        (b"<opml><body/></opml>", Reason.NOT_A_FEED),
        (b"<rss " + b"a='x' " * 60_000 + b"><channel></a><item></item></channel></rss>", Reason.BAD_XML),
        (b"<note>x</note>", Reason.NOT_A_FEED),
        (b"<rss><channel><item><title>x", Reason.BAD_XML),
        (b"<rss", Reason.NOT_A_FEED),
        (b"<rss a='", Reason.BAD_XML),
        (b"<feed><a></b></feed>", Reason.BAD_XML),
        (b"{", Reason.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, expected: Reason) -> None:
    """Each kind of useless document has its reason."""
    assert expected == reason(body)


def test_an_empty_feed_is_a_feed() -> None:
    """A feed without entries is read as such."""
    assert ((), False) == (read(rss()).entries, read(rss()).is_truncated)
    assert () == read(rss(channel='<atom:link href="x"/>')).entries


def test_too_many_entries_are_refused() -> None:
    """Up to the limit a feed is read, above it is refused, well-formed or not."""
    three = rss(*map(item, range(3)))

    assert 3 == len(parse_feed(three.encode(), url=URL, max_entries=3).entries)
    for body in (three, three[:-10], three.replace("<title>Story 0", "<title><b>")):
        with pytest.raises(ArticleError) as caught:
            parse_feed(body.encode(), url=URL, max_entries=2)
        assert Reason.TOO_LARGE is caught.value.reason


def test_limits_must_be_positive() -> None:
    """A limit below 1 is refused."""
    with pytest.raises(ValueError, match="max_entries must be at least 1, got 0"):
        parse_feed(b"<rss/>", url=URL, max_entries=0)


def test_depth_is_no_danger() -> None:
    """50,000 levels of XML leave the entry or are refused; as many of HTML are content."""
    depth = 50_000
    deep_xml = rss(item(1), f"<item><title>x</title>{'<a>' * depth}{'</a>' * depth}</item>")
    deep_html = rss(f"<item><description><![CDATA[{'<div>' * depth}x{'</div>' * depth}]]></description></item>")

    assert "Story 1" == read(deep_xml).entries[0].title
    assert 1 == len(read(deep_html).entries)
    assert Reason.BAD_XML is reason(f"<rss>{'<a>' * (MAX_DEPTH + 1)}{'</a>' * (MAX_DEPTH + 1)}</rss>")


def test_attributes_are_no_danger() -> None:
    """An element with 50,000 of them, which would take a minute, costs its entry and no other."""
    attributes = " ".join(f'a{number}="x"' for number in range(50_000))
    feed = read(rss(item(1), f"<item {attributes}><title>x</title></item>", item(3)))

    assert ["Story 1", "Story 3"] == [found.title for found in feed.entries]
    assert feed.is_truncated


def texts(value: object) -> Iterator[str]:
    """Yield all strings in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def require_sound(body: bytes) -> ParsedFeed | None:
    """Parse any bytes; whatever comes out is valid text, and nothing but an ArticleError is raised."""
    try:
        feed = parse_feed(body, url=URL)
    except ArticleError:
        return None
    for text in texts(feed):
        assert valid_text(text) == text
    assert list(range(len(feed.entries))) == [found.position for found in feed.entries]
    return feed


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_a_feed_or_refused(body: bytes) -> None:
    """No bytes raise anything but an ArticleError."""
    require_sound(body)


SNIPPETS = st.sampled_from(
    [
        *("<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<link>", "</rss>", "</channel>", "]]>"),
        *("<![CDATA[", "<!--", "-->", "&", "&#", "&#xD800;", "<", ">", "'", '"', "\x00", "\ud800", "<a:b>", "{", "}"),
        *("<?xml", "?>", "<!DOCTYPE", "<description>", "<content:encoded>", "xml:base='http://['", "<author>a@b"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(SNIPPETS, st.text(max_size=5)), max_size=30))
def test_any_pieces_of_xml_are_a_feed_or_refused(pieces: list[str]) -> None:
    """No mixture of what feeds are made of raises anything but an ArticleError."""
    require_sound(f"<rss><channel><item>{''.join(pieces)}</item></channel></rss>".encode("utf-8", "surrogatepass"))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([RSS, ATOM, RDF]), st.integers(0, 3_000), st.integers(0, 50), st.binary(max_size=8))
def test_damage_adds_no_entries(text: str, start: int, length: int, patch: bytes) -> None:
    """Whatever is written over a feed, it never has more entries than it had and the patch brings."""
    body = text.encode()
    damaged = body[:start] + patch + body[start + length :]

    feed = require_sound(damaged)

    limit = len(read(body).entries) + patch.count(b"<")
    assert feed is None or len(feed.entries) <= limit
