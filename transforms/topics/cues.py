"""What the publisher says of an article's topic: its section, its keywords and the folders of its address.

The names are in `cues.yaml`, by topic, in all languages of the lexicons. A section, a keyword or a folder that is one
of them, whole, is a cue. A cue is a hint, not a verdict: it is right in nine of ten cases and missing in most pages.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from urllib.parse import unquote, urlsplit

import yaml

from transforms.records import Article
from transforms.topics.vocabulary import LABELS

_MAX_FOLDERS = 6


def find_cues(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the topics that the publisher names, each once, with what names it, such as `section: Sport`."""
    names = _load_names()
    seen: set[str] = set()
    for kind, value in _stated(article):
        for code in names.get(_fold(value), ()):
            if code not in seen:
                seen.add(code)
                yield code, f"{kind}: {value}"


def _stated(article: Article) -> Iterator[tuple[str, str]]:
    """Yield what the publisher says, kind and value, the most telling first."""
    if article.section:
        yield "section", article.section
        yield from (("section", part.strip()) for part in article.section.replace(">", "/").split("/"))
    yield from (("url", folder) for folder in _folders(article.canonical_url or article.url or ""))
    yield from (("keyword", keyword) for keyword in article.keywords)


def _folders(url: str) -> Iterable[str]:
    """Return the folders of an address, without its last part, which is the article's own."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ()
    return [folder for folder in unquote(path).split("/")[:-1] if folder][:_MAX_FOLDERS]


def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").replace("&", " and ").split())


@functools.cache
def _load_names() -> Mapping[str, tuple[str, ...]]:
    """Return the topics of each name."""
    source = (resources.files("transforms.topics") / "cues.yaml").read_text(encoding="utf-8")
    by_topic: Mapping[str, list[str]] = yaml.safe_load(source)
    names: dict[str, tuple[str, ...]] = {}
    for code in LABELS:
        for name in by_topic[code]:
            names[_fold(name)] = (*names.get(_fold(name), ()), code)
    return names
