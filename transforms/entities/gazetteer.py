"""The user's own names: what they are called in texts, what they are, and where to read about them."""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from transforms.entities.spans import Span
from transforms.errors import ConfigError

_COLUMNS: Final = ("name", "type", "same_as", "aliases")
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the user names.

    Attributes:
        name: the name it goes by in the output.
        type: label, such as `ORG`.
        same_as: address of what it is, if given.
        aliases: other forms in texts.
    """

    name: str
    type: str
    same_as: str | None = None
    aliases: tuple[str, ...] = ()


NO_ENTRIES: Final[Mapping[Span, Entry]] = MappingProxyType({})


@dataclass(frozen=True)
class Gazetteer:
    """Finds names of the user in texts.

    Attributes:
        entries: of two entries with the same form the first is taken.
        digest: hash of the file; changes when the file does.
    """

    entries: tuple[Entry, ...] = ()
    digest: str = ""
    _forms: dict[str, dict[str, Entry]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        forms: dict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in self.entries:
            for form in (entry.name, *entry.aliases):
                if first := _WORD.search(form):
                    forms[first[0]].setdefault(form, entry)
        longest = {first: dict(sorted(found.items(), key=lambda item: -len(item[0]))) for first, found in forms.items()}
        object.__setattr__(self, "_forms", longest)

    def find(self, text: str) -> dict[Span, Entry]:
        """Return the places of names as they are written in the gazetteer; of two that overlap the longer one."""
        found: dict[Span, Entry] = {}
        behind = 0
        for word in _WORD.finditer(text) if self._forms else ():
            forms = self._forms.get(word[0], {})
            for form in forms:
                start = word.start() - form.index(word[0])
                end = start + len(form)
                if start >= behind and text.startswith(form, start) and not _inside_word(text, end):
                    found[Span(forms[form].type, start, end)] = forms[form]
                    behind = end
                    break
        return found


def _inside_word(text: str, end: int) -> bool:
    return text[end : end + 1].isalnum() and text[end - 1].isalnum()


def replace_overlapping(spans: Iterable[Span], entries: Mapping[Span, Entry]) -> list[Span]:
    """Return the spans with the places of the user's names instead of all that overlap these, in order."""
    kept = [span for span in spans if not any(span.start < own.end and own.start < span.end for own in entries)]
    return sorted([*kept, *entries], key=lambda span: span.start)


def read_gazetteer(path: str) -> Gazetteer:
    """Return the gazetteer of a CSV file with the columns name, type, and if wanted same_as and aliases (split by `;`).

    Raises:
        ConfigError: the file can't be read, or is not such a table.
    """
    try:
        data = Path(path).read_bytes()
        rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines(), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: the gazetteer can't be read: {error}") from error
    columns = set(rows[0]) if rows else set(_COLUMNS)
    if not {"name", "type"} <= columns <= set(_COLUMNS):
        raise ConfigError(
            f"{path}: a gazetteer has the columns {', '.join(_COLUMNS)}, not {', '.join(sorted(map(str, columns)))}"
        )
    return Gazetteer(tuple(_entry(path, number, row) for number, row in enumerate(rows, 2)), _digest(data))


def _entry(path: str, line: int, row: Mapping[str, str | None]) -> Entry:
    given = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if not given["name"] or not given["type"]:
        raise ConfigError(f"{path}:{line}: name and type must be given")
    aliases = tuple(filter(None, map(str.strip, given["aliases"].split(";"))))
    return Entry(given["name"], given["type"], given["same_as"] or None, aliases)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
