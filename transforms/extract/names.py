"""Names of authors: split, freed of what is no name, and told apart from the names of sites and agencies."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from transforms.extract.headline import fold
from transforms.extract.jsonld import StatedAuthor
from transforms.records import Author
from transforms.text import valid_line

_MAX_NAME_CHARS: Final = 80
_MAX_NAME_WORDS: Final = 7
_MAX_AUTHORS: Final = 25
_PERSON_TYPE: Final = "Person"

_PREFIX: Final = re.compile(
    r"""
    (?: (?: written | reported | posted | published | reviewed | words | analysis | opinion | text | story )
        (?: \s+ by | \s* : )
      | (?: by | von | vom | par | por | door | av | af | di | od | przez | autor(?: in | en )? | auteurs? | authors?
          | autori? | texte? | texto | testo | tekst | skrevet\ av | ein\ (?: gastbeitrag | kommentar | artikel )\ von
          | publié\ par | propos\ recueillis\ par )
        (?: \s* : | (?= \s ) )
    ) \s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_STRONG_SEPARATOR: Final = re.compile(
    r"\s*[;|•·\n]\s*|\s+[/&]\s+|\s*[,]?\s+(?:and|und|et|og|och|with|mit|sowie|avec)\s+"
)
# One letter between two whole names; within a name (Ortega y Gasset) one side is a single word.
_WEAK_SEPARATOR: Final = re.compile(r"\s+(?:y|e|ja|en|i|och|con|met)\s+")
_COMMA: Final = re.compile(r"\s*(?:,|，|、|・(?=\S+\s))\s*")  # noqa: RUF001
_ADDRESS: Final = re.compile(r"https?://\S*|www\.\S+|\S+@\S+\.\S+|(?:^|(?<=\s))@\w+")
_IN_BRACKETS: Final = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]\s*$")
_ROLE: Final = re.compile(
    r"""
    \b (?: reporter | correspondent | editor | writer | columnist | journalist | producer | photographer | contributor
         | redakteur(?: in )? | korrespondent(?: in )? | reporterin | chefredakteur(?: in )? | autor(?: in )?
         | redacteur | journaliste | correspondant(?: e )? | redactor(?: a )? | corresponsal | periodista
         | staff | politics | business | sports | health | science ) \b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NO_NAMES: Final = (
    "admin administrator anonymous author autor editor guest root unknown user webmaster"
    " bluesky e-mail email facebook follow instagram linkedin mail mastodon tiktok twitter website whatsapp x youtube"
    " pexels pixabay shutterstock unsplash"
)
_NO_NAME: Final = frozenset(_NO_NAMES.split())
# News agencies, whose names are short, are written without capitals, or stand where a person is expected.
_AGENCY_NAMES: Final = (
    "AAP;AFP;AGI;ANI;ANP;ANSA;AP;Associated Press;The Associated Press;APA;Agence France-Presse;Belga;Bloomberg;dpa"
    ";dpa-AFX;dpa-infocom;dapd;EFE;epd;Europa Press;IANS;Interfax;Keystone-SDA;KNA;Kyodo;Lusa;NTB;PA;PA Media;PAP"
    ";Press Association;PTI;Reuters;Ritzau;SDA;sid;TASS;TT;UPI;Xinhua"
)
_AGENCIES: Final = frozenset(map(fold, _AGENCY_NAMES.split(";")))
_COLLECTIVE: Final = re.compile(
    r"\b(?:redaktion|redaction|rédaction|redacción|redazione|newsroom|news desk|newsdesk|staff|team|agenc\w+|editorial"
    r"|nachrichten|zeitung|journal|press|news|media|tv|radio|gmbh|inc|ltd)\b",
    re.IGNORECASE,
)


def read_authors(stated: Iterable[StatedAuthor], site_names: Collection[str]) -> tuple[Author, ...]:
    """Return the authors that the page states, each once, in their order.

    Args:
        stated: as the page states them; one may hold several names.
        site_names: names of the site, folded: an author of such a name is an organization.
    """
    found: dict[str, Author] = {}
    for each in stated:
        # The site's own name may look like a part of an address, as `t-online` does.
        names = split_names(each.name) or ((each.name,) if fold(each.name) in site_names else ())
        for name in names:
            is_alone = name == valid_line(each.name)
            author = Author(
                name=name,
                type=_author_type(name, each.type if is_alone else None, site_names),
                url=each.url if is_alone and (each.url or "").startswith(("http://", "https://")) else None,
            )
            found.setdefault(fold(name), author)
    return tuple(found.values())[:_MAX_AUTHORS]


def split_names(stated: str) -> tuple[str, ...]:
    """Return the names in a byline, none where it holds no name.

    >>> split_names("Von Felix Roth und Jörg Sold, dpa")
    ('Felix Roth', 'Jörg Sold', 'dpa')
    >>> split_names("José Ortega y Gasset, redactor"), split_names("https://news.example/authors/jo")
    (('José Ortega y Gasset',), ())
    """
    line = _ADDRESS.sub(" ", valid_line(stated) or "").strip(" ,;|-–—·•")  # noqa: RUF001
    prefix = _PREFIX.match(line)
    line = line[prefix.end() :] if prefix else line
    parts = (part for strong in _STRONG_SEPARATOR.split(line) for part in _split_commas(strong))
    names = (_clean_name(name) for part in parts for name in _split_weak(part))
    return tuple(dict.fromkeys(name for name in names if name))


def _split_weak(part: str) -> list[str]:
    sides = _WEAK_SEPARATOR.split(part)
    return sides if all(len(side.split()) > 1 for side in sides) else [part]


def _split_commas(part: str) -> Iterator[str]:
    """Yield the names between commas; `Roth, Felix` is one, and roles behind names are none."""
    pieces = _COMMA.split(part)
    if len(pieces) == 2 and all(len(piece.split()) == 1 for piece in pieces) and fold(pieces[1]) not in _AGENCIES:
        yield part
        return
    yield pieces[0]
    yield from (piece for piece in pieces[1:] if fold(piece) in _AGENCIES or not _is_role(piece))


def _is_role(piece: str) -> bool:
    """Whether what follows a comma is no name: a role, a place, a degree."""
    return bool(_ROLE.search(piece)) or (len(piece.split()) < 2 and piece.isascii())


def _clean_name(name: str) -> str | None:
    stripped = _IN_BRACKETS.sub("", name).strip(' ,;:|-–—·•*/"“”„')  # noqa: RUF001
    words = stripped.split()
    is_slug = len(words) == 1 and re.fullmatch(r"[a-z0-9]+(?:[-_.][a-z0-9]+)+", stripped) is not None
    if not words or is_slug or _NO_NAME.issuperset(re.split(r"[\s,]+", stripped.casefold())):
        return None
    if len(stripped) > _MAX_NAME_CHARS or len(words) > _MAX_NAME_WORDS or not any(map(str.isalpha, stripped)):
        return None
    return stripped


def _author_type(name: str, stated: str | None, site_names: Collection[str]) -> str | None:
    folded = fold(name)
    if folded in _AGENCIES or folded in site_names or _COLLECTIVE.search(name):
        return "organization"
    if stated is not None and stated != _PERSON_TYPE and stated.endswith("Organization"):
        return "organization"
    return "person" if stated == _PERSON_TYPE or len(name.split()) > 1 else None


def is_name_line(line: str) -> bool:
    """Whether a line is names and nothing else: two to four words with capitals each.

    >>> is_name_line("Ana Roe/Jo Poe"), is_name_line("MTHO SITH"), is_name_line("Rates rise again")
    (True, True, False)
    """
    names = split_names(line.replace("/", " / "))
    words = [word for name in names for word in name.split()]
    is_whole = bool(names) and all(2 <= len(name.split()) <= 4 for name in names)
    return is_whole and all(word[0].isupper() and not any(map(str.isdigit, word)) for word in words)


def is_only_site(authors: Collection[Author], site_names: Collection[str]) -> bool:
    """Whether the authors are but the site itself, as where an editorial system fills the field by default."""
    return all(fold(author.name) in site_names for author in authors)


def read_bylines(lines: Iterable[str], site_names: Collection[str] = (), is_marked: bool = True) -> tuple[Author, ...]:
    """Return the authors that the first byline among some lines names.

    A byline begins as such, or is names alone; the first line may be names, others stand beside quotations and
    teasers too. The site's own desks (`MDR Thüringen`) are left out where it names others.

    Args:
        lines: in the order of the page.
        site_names: names of the site, folded.
        is_marked: whether the page calls the lines bylines; else the first may not be mere names.
    """
    for number, line in enumerate(lines):
        prefix = _PREFIX.match(line)
        names = line.replace("/", " / ")[prefix.end() if prefix else 0 :]
        if (prefix or (is_marked and number == 0)) and is_name_line(names):
            authors = read_authors([StatedAuthor(name=names)], site_names)
            others = [each for each in authors if not any(fold(each.name).startswith(name) for name in site_names)]
            return tuple(others) or authors
    return ()
