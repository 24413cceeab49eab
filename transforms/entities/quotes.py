"""Quotations of a text, and who says them.

Quotes are cut out by their marks. The speaker is looked for beside the quote: a verb of saying with a name or pronoun,
in the same paragraph (O'Keefe et al.: "A sequence labelling approach to quote attribution", EMNLP 2012, whose rules
these follow). A pronoun stands for the last person named who may be meant.
"""

# ruff: noqa: RUF001, RUF003 - quotation marks and dashes as newspapers print them

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transforms.entities.linking import Group
from transforms.entities.words import EITHER_SEX, FEMALE_NAMES, GIVEN_NAMES, MENS_TITLES, WOMENS_TITLES

# Closing mark of each opening one. A quote in straight marks ends at the next of them.
_CLOSING: Final = {"“": "”", "„": "“”", "«": "»", '"': '"', "‘": "’", "‹": "›"}
# A straight mark after a word or a digit closes or means inches; ‘ before a word may also be an apostrophe.
_OPENER: Final = re.compile(r"[“„«‹]|(?<![\w.,!?])\"|(?<!\w)‘(?=\w)")
_SINGLE_CLOSER: Final = re.compile(r"(?<=[^\s])’(?!\w)")
_MAX_QUOTE_CHARS: Final = 5_000
# Marks without an end that a text may have; what has more is no prose, and each costs a search.
_MAX_UNCLOSED: Final = 200
_PARAGRAPH: Final = re.compile(r"\n\s*\n\s*")
_SENTENCE_END: Final = re.compile(r"[.!?…][”\"’»]?\s+(?=[“\"«A-ZÀ-Ý])")
_ABBREVIATED: Final = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|St|Jr|Prof|Rev|No|vs|[A-Z]))\.\s+$")

_CUES: Final = (
    "said says saying told tells added adds asked asks explained explains wrote writes tweeted posted replied answered "
    "claimed claims argued argues insisted insists warned warns noted notes stated states declared declares announced "
    "announces admitted admits acknowledged acknowledges recalled recalls continued continues concluded concludes "
    "commented comments remarked observed stressed emphasized emphasised urged suggested suggests believed believes "
    "thought thinks reported reports agreed agrees joked quipped cried shouted whispered responded responds revealed "
    "reveals confirmed confirms denied denies promised vowed predicted called calls described describes praised "
    "criticized criticised complained demanded testified according "
    "dit disait déclare déclaré déclarait affirme affirmé explique expliqué expliquait estime estimé assure assuré "
    "ajoute ajouté précise précisé souligne souligné raconte raconté répond répondu insiste insisté confie confié "
    "lance lancé écrit avoue avoué conclut indique indiqué rappelle rappelé regrette regretté poursuit selon demande "
    "martèle"
)
_CUE: Final = re.compile(rf"\b(?:{'|'.join(_CUES.split())})\b", re.IGNORECASE)
_PRONOUN: Final = re.compile(r"\b(he|she|il|elle)\b", re.IGNORECASE)
_FEMALE: Final = frozenset({"she", "elle"})
# "said one legal expert, as the Herald reported": who speaks has no name.
_NAMELESS: Final = re.compile(r"\s(?:an?|one|another|the|un|une|l[ea])\s[a-z]")
_MAX_SUBJECT_GAP: Final = 80
_MAX_WINDOW: Final = 250
_TIGHT_GAP: Final = 40
_MIN_SENTENCE_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Spoken:
    """A quote in a text.

    Attributes:
        start: its first character, behind the mark.
        end: one past its last, before the mark.
        speaker: the words that name who says it, such as "she"; None if it is not clear.
        group: number of the entity that says it.
        cue: the verb of saying.
    """

    start: int
    end: int
    speaker: str | None = None
    group: int | None = None
    cue: str | None = None


def find_quotes(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each quotation, without its marks, in the order of the text; none lies in another.

    A quotation that goes on in the next paragraph, which then begins with an opening mark, is one.

    >>> find_quotes("He said “no”, and “never”.")
    [(9, 11), (19, 24)]
    """
    quotes: list[tuple[int, int]] = []
    place = unclosed = 0
    while unclosed < _MAX_UNCLOSED and (opener := _OPENER.search(text, place)):
        end = _quote_end(text, opener.start())
        unclosed += end is None
        place = opener.end() if end is None else end + 1
        if end is not None and text[opener.end() : end].strip():
            quotes.append(_squeezed(text, opener.end(), end))
    return quotes


def _squeezed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the white space at its ends (French puts some inside its marks)."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - (len(words) - len(words.rstrip()))


def _quote_end(text: str, start: int) -> int | None:
    """Return where the closing mark of the quotation is whose opening mark is at `start`; None if there is none."""
    mark = text[start]
    place = start + 1
    while True:
        paragraph = _PARAGRAPH.search(text, place, start + _MAX_QUOTE_CHARS)
        limit = min(paragraph.start() if paragraph else len(text), start + _MAX_QUOTE_CHARS)
        end = _closer(text, mark, place, limit)
        if end is not None:
            return end
        if paragraph is None or paragraph.end() - start > _MAX_QUOTE_CHARS or mark == "‘":
            return None
        if not text.startswith((mark, "»") if mark == "«" else mark, paragraph.end()):
            return None
        place = paragraph.end() + 1


def _closer(text: str, mark: str, start: int, limit: int) -> int | None:
    """Return the place of the closing mark that belongs to `mark`, other quotations of its kind passed over."""
    if mark == "‘":
        single = _SINGLE_CLOSER.search(text, start, limit)
        return single.start() if single else None
    closing = _CLOSING[mark]
    depth = 0
    for place in range(start, limit):
        if text[place] in closing:
            if not depth:
                return place
            depth -= 1
        elif text[place] == mark:
            depth += 1
    return None


_Mention = tuple[int, int, int]  # start, end, number of the entity


class _Speakers:
    """Finds who says what in one text."""

    def __init__(self, text: str, quotes: Sequence[tuple[int, int]], groups: Sequence[Group]) -> None:
        self.text = text
        self.quotes = quotes
        self.groups = groups
        mentions = [(span.start, span.end, number) for number, group in enumerate(groups) for span in group.spans]
        self.mentions = sorted(
            mention
            for mention in mentions
            if groups[mention[2]].label in {"PERSON", "ORG"} and not self._in_quote(mention[0])
        )

    def _in_quote(self, place: int) -> bool:
        number = bisect_right(self.quotes, (place, len(self.text))) - 1
        return number >= 0 and place < self.quotes[number][1]

    def attribute(self, number: int) -> Spoken:
        """Return a quotation with its speaker, by the words behind it, else by those before it."""
        start, end = self.quotes[number]
        behind, before = self._behind(number), self._before(number)
        verb = _CUE.search(self.text, *behind[:2])
        is_tight = verb is not None and (verb.start() - end < _TIGHT_GAP or self.text[end - 1] in {",", "?", "!"})
        for first, last, is_behind in (behind, before) if is_tight else (before, behind):
            for cue in _cues(self.text, first, last, is_behind):
                found = self._subject(cue, first, last, is_behind)
                if found is not None:
                    words = self.text[found[0] : found[1]]
                    return Spoken(start, end, words, found[2], cue[0].lower())
            if is_tight and is_behind:
                return Spoken(start, end, cue=verb[0].lower()) if verb else Spoken(start, end)
        return Spoken(start, end)

    def _behind(self, number: int) -> tuple[int, int, bool]:
        """Return the rest of the sentence behind a quotation."""
        start = self.quotes[number][1] + 1
        following = self.quotes[number + 1][0] - 1 if number + 1 < len(self.quotes) else len(self.text)
        # A quotation that ends its sentence is followed by another sentence, which is not about it.
        words = self.text[start - 2 : start]
        limit = min(following, start + _MAX_WINDOW)
        if words[:1] in {".", "…"} and self.text[start : start + 1].strip() != ",":
            rest = self.text[start:limit].lstrip(" ")
            if rest[:1].isupper() and not _PRONOUN.match(rest) and not _CUE.search(rest[:40]):
                return start, start, True
        return start, _sentence_end(self.text, start, limit), True

    def _before(self, number: int) -> tuple[int, int, bool]:
        """Return what stands before a quotation in its sentence."""
        end = self.quotes[number][0] - 1
        floor = self._sentence_start(end)
        return max(floor, self.quotes[number - 1][1] + 1) if number else floor, end, False

    def _subject(self, cue: re.Match[str], first: int, last: int, is_behind: bool) -> _Mention | None:
        """Return the one that does the saying: before the verb, or behind it if the verb comes first."""
        inverted = is_behind and not _has_word(self.text[first : cue.start()])
        if inverted or cue[0].lower() in {"according", "selon"}:
            limit = min(last, cue.end() + _MAX_SUBJECT_GAP)
            if _NAMELESS.match(self.text, cue.end()):
                limit = min(limit, _clause_end(self.text, cue.end(), limit))
            return self._nearest(cue.end(), limit, from_end=False)
        found = self._nearest(first, cue.start(), from_end=True)
        if found is None and is_behind:
            found = self._nearest(cue.end(), min(last, cue.end() + _MAX_SUBJECT_GAP), from_end=False)
        return found

    def _nearest(self, first: int, last: int, *, from_end: bool) -> _Mention | None:
        """Return a name or pronoun in a stretch of text: a person, else an organisation."""
        inside = [mention for mention in self.mentions if first <= mention[0] and mention[1] <= last]
        places = [mention for mention in inside if self.groups[mention[2]].label == "PERSON"]
        for pronoun in _PRONOUN.finditer(self.text, first, last):
            meant = self._meant(pronoun)
            if meant is not None and not self._in_quote(pronoun.start()):
                places.append((*pronoun.span(), meant))
        places = places or inside
        if not places:
            return None
        return max(places) if from_end else min(places)

    def _meant(self, pronoun: re.Match[str]) -> int | None:
        """Return the person that a pronoun stands for, not one who is known to be of the other sex.

        It is the first one named in the last sentence that names any: its subject, as a rule.
        """
        female = pronoun[0].lower() in _FEMALE
        meant, sentence = None, len(self.text)
        for start, _, number in reversed(self.mentions):
            if start >= pronoun.start() or self.groups[number].label != "PERSON" or not self._may_be(number, female):
                continue
            if start < sentence and meant is not None:
                break
            if meant is None:
                sentence = self._sentence_start(start)
            meant = number
        return meant

    def _sentence_start(self, place: int) -> int:
        floor = max(0, place - _MAX_WINDOW)
        if breaks := list(_PARAGRAPH.finditer(self.text, floor, place)):
            floor = breaks[-1].end()
        stops = [stop.end() for stop in _SENTENCE_END.finditer(self.text, floor, place + 1)]
        whole = [stop for stop in stops if not _ABBREVIATED.search(self.text, floor, stop)]
        return whole[-1] if whole else floor

    def _may_be(self, number: int, female: bool) -> bool:
        group = self.groups[number]
        given = group.name.split()[0]
        if given in GIVEN_NAMES:
            return (given in FEMALE_NAMES) == female or given in EITHER_SEX
        words = {word for span in group.spans for word in self.text[max(0, span.start - 12) : span.start].split()[-1:]}
        return not words & (MENS_TITLES if female else WOMENS_TITLES)


def _clause_end(text: str, start: int, limit: int) -> int:
    comma = text.find(",", start, limit)
    return limit if comma < 0 else comma


def _has_word(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _cues(text: str, first: int, last: int, is_behind: bool) -> list[re.Match[str]]:
    """Return the verbs of saying in a stretch of text, the one next to the quotation first."""
    cues = list(_CUE.finditer(text, first, last))
    return cues if is_behind else cues[::-1]


def _sentence_end(text: str, start: int, limit: int) -> int:
    paragraph = _PARAGRAPH.search(text, start, limit)
    limit = paragraph.start() if paragraph else limit
    for stop in _SENTENCE_END.finditer(text, start, limit):
        if not _ABBREVIATED.search(text, start, stop.end()):
            return stop.start()
    return limit


def attribute_quotes(text: str, groups: Sequence[Group]) -> list[Spoken]:
    """Return the quotations of a text, in its order, with their speakers out of its entities.

    A quotation of a sentence or more without a verb of saying goes on what was last said in the same paragraph, or in
    the one before if it fills its paragraph.
    """
    quotes = find_quotes(text)
    speakers = _Speakers(text, quotes, groups)
    spoken = [speakers.attribute(number) for number in range(len(quotes))]
    for number, quote in enumerate(spoken):
        if number and quote.cue is None and _goes_on(text, spoken[number - 1], quote):
            last = spoken[number - 1]
            spoken[number] = Spoken(quote.start, quote.end, last.speaker, last.group)
    return spoken


def _goes_on(text: str, last: Spoken, quote: Spoken) -> bool:
    if len(text[quote.start : quote.end].split()) < _MIN_SENTENCE_WORDS or not text[quote.start].isupper():
        return False
    between = text[last.end : quote.start]
    breaks = len(_PARAGRAPH.findall(between))
    starts_paragraph = not _has_word(_PARAGRAPH.split(between)[-1])
    return not breaks or (breaks <= 2 and starts_paragraph)
