"""Doubts about an article: flags that its page or text gives rise to, each a fact that can be checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from transforms.extract.draft import Draft
from transforms.extract.facts import Facts

QualityFlag = Literal[
    "bad_date",
    "boilerplate_heavy",
    "consent_wall",
    "encoding_repaired",
    "error_page",
    "feed_text",
    "future_date",
    "listing_page",
    "live_blog",
    "no_text",
    "no_title",
    "paywall_suspected",
    "too_short",
    "truncated_input",
    "undated",
]
FLAGS: Final[tuple[str, ...]] = get_args(QualityFlag)
"""All flags. docs/cleaning.md says what each means."""

SHORT_TEXT_CHARS: Final = 200
_MAX_WALL_CHARS: Final = 1_500
_MAX_ERROR_CHARS: Final = 60
_MAX_TEASER_CHARS: Final = 1_500
_MIN_LISTED_LINES: Final = 8
_MIN_LISTED_ARTICLES: Final = 5
_MAX_LISTING_PROSE: Final = 0.3
_MAX_BOILERPLATE: Final = 0.5
_MAX_CLOCK_SKEW: Final = timedelta(days=1)

_CONSENT: Final = re.compile(
    r"""
    \b (?: cookies? | consent | gdpr | dsgvo | rgpd | privacy | datenschutz | tracking | einwilligung | zustimm\w*
         | werbung | consentement | confidentialité | consentimiento | privacidad | partners? | partnern? | vendors
         | personali[sz]ed | accept\ all | alle\ akzeptieren | tout\ accepter | aceptar | legitimate\ interest
         | consenso | acconsent\w* | pubblicità | consentimento | privacidade | parceiros | aceitar | toestemming
         | akkoord | zgod[aęy] | prywatnoś\w+ | akceptuj\w* | samtyck\w* | annonser | samtykke | çerez\w* | gizlilik
         | onay ) \b
    | クッキー | プライバシー | 隐私 | ملفات\ تعريف\ الارتباط | الخصوصية
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MIN_CONSENT_WORDS: Final = 4
_WORDS_PER_CONSENT_WORD: Final = 25
_WALL_TITLE: Final = re.compile(
    r"before you continue|we value your privacy|your privacy|cookie|consent|privacy settings|privatsphäre"
    r"|datenschutzeinstellungen|zustimmung|confidentialité|accept all",
    re.IGNORECASE,
)
_ERROR_TITLE: Final = re.compile(
    r"""
    ^ \W* (?: (?: error | fehler | erreur )? \s* (?: 40[0134] | 410 | 429 | 50[0234] ) \b
            | page\ not\ found | not\ found | access\ denied | forbidden | just\ a\ moment | attention\ required
            | are\ you\ a\ robot | robot\ check | seite\ nicht\ gefunden | page\ (?: introuvable | non\ trouvée )
            | página\ no\ encontrada | service\ unavailable | bad\ gateway | something\ went\ wrong
            | human\ verification | pagina\ non\ trovata | página\ não\ encontrada | pagina\ niet\ gevonden
            | nie\ znaleziono\ strony | strona\ nie\ istnieje | sidan\ (?: hittades\ inte | finns\ inte )
            | siden\ (?: ble\ ikke\ funnet | blev\ ikke\ fundet | finnes\ ikke ) | sayfa\ bulunamad\w
            | ページが見つかりません | 页面不存在 | 找不到页面 | الصفحة\ غير\ موجودة )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PAYWALL: Final = re.compile(
    r"""
      (?: subscribe | sign\ (?: in | up ) | log\ in | register | become\ a\ member ) .{0,60}
        (?: continue | read | access | unlock | full\ (?: article | story ) )
    | (?: to\ (?: continue | keep )\ reading | continue\ reading\ (?: this | with ) )
    | (?: jetzt | artikel ) .{0,40} (?: weiterlesen | freischalten | abo\b | abonn )
    | (?: réservé\ aux\ abonnés | (?: pour\ lire\ la\ suite | la\ suite\ est\ réservée ) )
    | (?: solo\ para\ suscriptores | exclusivo\ para\ suscriptores | contenido\ exclusivo )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LOCKED_TIERS: Final = frozenset({"locked", "metered", "premium", "paid", "subscriber"})
_LIVE_PATH: Final = re.compile(
    r"/(?:[\w-]*-)?(?:live-?blog|live-?ticker|newsticker|minute-by-minute|en-direct)\b", re.IGNORECASE
)
_CLOSING: Final = re.compile(r"</\s*(?:html|body)\b", re.IGNORECASE)
_OPENING: Final = re.compile(r"<\s*(?:html|body)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """What flags are about: an article on its way.

    Attributes:
        title: headline.
        text: body.
        published_at: if known.
        fetched_at: if known.
        has_bad_date: whether a date is stated that can't be read.
    """

    title: str | None
    text: str
    published_at: datetime | None
    fetched_at: datetime | None
    has_bad_date: bool


def flag_text(article: Doubtful) -> Iterator[str]:
    """Yield the flags of an article of any source.

    A date is in the future if it is later than the time of fetching: today's clock decides nothing.
    """
    if article.has_bad_date:
        yield "bad_date"
    if not article.title:
        yield "no_title"
    if len(article.text) < SHORT_TEXT_CHARS:
        yield "too_short"
    if "\ufffd" in article.text:
        yield "encoding_repaired"
    if article.published_at is None:
        yield "undated"
    elif article.fetched_at is not None and article.published_at > article.fetched_at + _MAX_CLOCK_SKEW:
        yield "future_date"


def flag_page(source: str, facts: Facts, title: str | None, draft: Draft) -> Iterator[str]:
    """Yield the flags that only a page can have.

    Args:
        source: the page, decoded.
        facts: what it states.
        title: headline.
        draft: its text, repaired.
    """
    text = "\n".join(line.text for line in draft.lines)
    promos = [each.text for each in draft.removed if each.repair == "promos"]
    if is_truncated(source):
        yield "truncated_input"
    # What a wall says is taken for a promotion where more stands below it.
    if is_consent_wall(facts.page_title or title, "\n".join([text, *promos])):
        yield "consent_wall"
    if len(text) <= _MAX_WALL_CHARS and _ERROR_TITLE.search(facts.page_title or title or ""):
        yield "error_page"
    if _is_walled(facts, draft, text):
        yield "paywall_suspected"
    if _is_listing(facts, draft):
        yield "listing_page"
    removed = sum(len(each.text) for each in draft.removed)
    if removed > _MAX_BOILERPLATE * (removed + len(text)):
        yield "boilerplate_heavy"
    if facts.jsonld.is_live or _LIVE_PATH.search(facts.base_url or facts.canonical_url or ""):
        yield "live_blog"


def says_error(text: str) -> bool:
    """Whether all that a page says is that it can't be shown.

    >>> says_error("Page not found"), says_error("Page not found in the archive: a clerk tells her story.")
    (True, False)
    """
    return len(text) <= _MAX_ERROR_CHARS and bool(_ERROR_TITLE.fullmatch(text.rstrip(" .!…")))


def is_truncated(source: str) -> bool:
    """Whether a page breaks off: its document is opened and not closed, and it ends within a text or a tag.

    >>> is_truncated("<html><body><p>The council vo"), is_truncated("<html><body><p>It voted.</p>")
    (True, False)
    """
    end = source.rstrip()
    return bool(_OPENING.search(source)) and not end.endswith(">") and not _CLOSING.search(end[-5_000:])


def is_consent_wall(title: str | None, text: str) -> bool:
    """Whether a short text speaks of consent and cookies again and again, or is headed so.

    >>> is_consent_wall("Before you continue", "We use cookies. Accept all or manage your privacy.")
    True
    >>> is_consent_wall("Cookie law passes", "Parliament voted on Monday for the new rules on cookies.")
    False
    """
    if len(text) > _MAX_WALL_CHARS:
        return False
    words = len({match.casefold() for match in _CONSENT.findall(text)})
    if _WALL_TITLE.search(title or "") and words >= 2:
        return True
    return words >= _MIN_CONSENT_WORDS and len(text.split()) <= words * _WORDS_PER_CONSENT_WORD


def _is_walled(facts: Facts, draft: Draft, text: str) -> bool:
    """Whether the page says that not all can read it, or a short text ends with an offer to subscribe."""
    tier = (facts.first("article:content_tier", "cxenseparse:paywall") or "").casefold()
    if facts.jsonld.is_free is False or tier in _LOCKED_TIERS:
        return True
    last = [line.text for line in draft.lines[-4:]] + [each.text for each in draft.removed]
    return len(text) <= _MAX_TEASER_CHARS and any(_PAYWALL.search(each) for each in last)


def _is_listing(facts: Facts, draft: Draft) -> bool:
    """Whether a page that does not call itself an article is many short lines and little prose, or many articles."""
    is_article = facts.jsonld.headline is not None or (facts.first("og:type") or "").casefold() == "article"
    if is_article or len(draft.lines) < _MIN_LISTED_LINES:
        return False
    elements = (line.block.element for line in draft.lines if line.block is not None)
    articles = {next(element.iterancestors("article"), None) for element in elements}
    if len(articles) >= _MIN_LISTED_ARTICLES:
        return True
    total = sum(len(line.text) for line in draft.lines)
    prose = sum(len(line.text) for line in draft.lines if line.is_prose)
    return prose < _MAX_LISTING_PROSE * total
