"""What an answer is, by its headers and first bytes: a page, something else, or a challenge to a browser."""

import re
from collections.abc import Mapping
from email.message import Message
from typing import Final

# Types of which no page is; `application/octet-stream` and the like are judged by their first bytes.
_NOT_HTML_TYPE: Final = re.compile(
    r"""
      (?: audio | font | image | message | model | multipart | video ) / .*
    | text / (?: calendar | css | csv | ecmascript | javascript | rtf | tab-separated-values | vcard | x-[ch] )
    | application / (?:
          pdf | postscript | rtf | msword | epub\+zip | vnd\. (?: ms- | openxmlformats- | oasis\. | apple\. ) .*
        | zip | gzip | zstd | java-archive | x- (?: 7z | bzip | gzip | rar | tar | xz ) .*
        | json | .* \+json | json-seq | javascript | ecmascript | x-javascript | wasm | xml-dtd
        | (?: atom | rdf | rss ) \+xml
        | mp4 | ogg | x-shockwave-flash
      )
    """,
    re.VERBOSE,
)
_MAGIC: Final = re.compile(
    rb"""
      \x89PNG\r\n | \xff\xd8\xff | GIF8[79]a | RIFF.{4}(?:WEBP|WAVE|AVI\ ) | BM.{4}\0\0\0\0 | \0\0\x01\0
    | (?: \xef\xbb\xbf )? \s* %PDF- | PK\x03\x04 | \x1f\x8b | BZh[1-9] | 7z\xbc\xaf | Rar!\x1a | \xfd7zXZ
    | \x28\xb5\x2f\xfd | \x1f\x9d | II\*\0 | MM\0\* | SQLite\ format | \{\\rtf | %!PS | FLV\x01 | \0asm
    | \xca\xfe\xba\xbe
    | .{4}ftyp | \x1aE\xdf\xa3 | OggS | ID3 | fLaC | \xff[\xfb\xf3\xf2] | wOF[F2] | \x7fELF | MZ\x90 | \xd0\xcf\x11\xe0
    """,
    re.VERBOSE | re.DOTALL,
)
# Data that servers send as a page: a feed, a sitemap, the answer of an interface.
_DATA: Final = re.compile(
    rb"""
    (?: \xef\xbb\xbf )? \s*+
    (?: (?: <\?xml [^>]*+ > \s*+ )?
        (?: <!-- (?> .*? --> ) \s*+ )*+  # atomic: else many comments are shared out in all ways
        < (?: rss | feed | rdf:RDF | urlset | sitemapindex | opml ) [\s>]
      | \{ \s* "[^"]{1,100}" \s* : | \[ \s* \{ \s* "
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_PAGE_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
MAGIC_BYTES: Final = 1_024
"""First bytes of a content that `is_no_page` wants to see."""

CHALLENGE_BYTES: Final = 32 * 1024
"""First bytes of a refusal that `is_challenge` wants to see."""

CHALLENGE_STATUSES: Final = frozenset({403, 405, 429, 503})
# Headers and page parts of the checks by Cloudflare, AWS WAF, DataDome, Imperva, PerimeterX and Sucuri.
_CHALLENGE_BODY: Final = re.compile(
    rb"<title>\s*(?:Just a moment\.\.\.|Attention Required! \| Cloudflare|DDOS-GUARD)"
    rb"|<title>\s*Access to this page has been denied|/cdn-cgi/challenge-platform/|cf-chl-|_Incapsula_Resource"
    rb"|captcha-delivery\.com|px-captcha|awsWafCookieDomainList"
    rb"|sucuri_cloudproxy_js",
    re.IGNORECASE,
)


def parse_content_type(header: str) -> tuple[str, str | None]:
    """Return media type and charset of a Content-Type header, in lower case.

    >>> parse_content_type('Text/HTML; Charset="UTF-8"'), parse_content_type("")
    (('text/html', 'utf-8'), ('', None))
    """
    message = Message()
    message["Content-Type"] = header
    charset = message.get_param("charset")
    media_type = header.partition(";")[0].strip().lower()
    return media_type, charset.strip().lower() or None if isinstance(charset, str) else None


def is_no_page_type(media_type: str) -> bool:
    """Whether a media type says that the answer is clearly no page."""
    return _NOT_HTML_TYPE.fullmatch(media_type) is not None


def is_no_page(start: bytes) -> bool:
    """Whether the first bytes are those of a picture, film, sound, archive, document, feed or data and of no page."""
    return _MAGIC.match(start) is not None or _DATA.match(start) is not None


def is_page(start: bytes) -> bool:
    """Whether the first bytes are those of an HTML page, whatever its type says."""
    return _PAGE_START.match(start) is not None


def is_challenge(headers: Mapping[str, str], start: bytes) -> bool:
    """Whether a refusal is a challenge that only a browser passes.

    Args:
        headers: of the answer.
        start: first bytes of its content.
    """
    if headers.get("cf-mitigated", "") == "challenge" or "x-amzn-waf-action" in headers:
        return True
    return _CHALLENGE_BODY.search(start) is not None
