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
_OPENER: Final = re.compile(r"[“„«‹]|(?<![\w.,!?])\"(?=\S)|(?<!\w)‘(?=\w)")
_SINGLE_CLOSER: Final = re.compile(r"(?<=[^\s])’(?!\w)")
_MAX_QUOTE_CHARS: Final = 5_000
# Marks without an end that a text may have; what has more is no prose, and each costs a search.
_MAX_UNCLOSED: Final = 200
_BLANK_LINE: Final = re.compile(r"\n\s*\n\s*")
# A blank line, or a line break behind the end of a sentence: other line breaks may only wrap a text.
_PARAGRAPH: Final = re.compile(r"\n\s*\n\s*|(?<=[.!?…:\"”’»]) *\n\s*")
_SENTENCE_END: Final = re.compile(r"[.!?…][”\"’»]?\s+(?=[“\"«A-ZÀ-Ý])")
_ABBREVIATED: Final = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|St|Jr|Prof|Rev|No|vs|[A-Z]))\.\s+$")

_CUES: Final = (
    "said says saying told tells added adds adding asked asks explained explains wrote writes writing tweeted posted "
    "replied answered claimed claims argued argues insisted insists warned warns noted notes stated states declared "
    "declares announced announces admitted admits acknowledged acknowledges recalled recalls continued continues "
    "concluded concludes commented comments remarked observed stressed emphasized emphasised urged suggested "
    "suggests believed believes thought thinks reported reports agreed agrees joked quipped cried shouted whispered "
    "responded responds revealed reveals confirmed confirms denied denies promised vowed predicted called calls "
    "described describes praised criticized criticised complained demanded testified according dit disait déclare "
    "déclaré déclarait affirme affirmé explique expliqué expliquait estime estimé assure assuré ajoute ajouté "
    "précise précisé souligne souligné raconte raconté répond répondu insiste insisté confie confié lance lancé "
    "écrit avoue avoué conclut indique indiqué rappelle rappelé regrette regretté poursuit selon demande martèle"
)
_CUE: Final = re.compile(rf"\b(?:{'|'.join(_CUES.split())})\b", re.IGNORECASE)
_PRONOUN: Final = re.compile(r"\b(he|she|il|elle)\b", re.IGNORECASE)
_FEMALE: Final = frozenset({"she", "elle"})
# "said the actor", "the 30-year-old added": someone named before, whom a pronoun might stand for too.
_ROLE: Final = re.compile(
    r"\b[Tt]he\s(?:\d\d-year-old|(?:[\w-]+\s){0,2}(?:actor|actress|singer|rapper|star|striker|midfielder|defender|goalkeeper|"
    r"captain|skipper|coach|manager|boss|champion|author|writer|director|filmmaker|musician|guitarist|comedian|president|"
    r"senator|chancellor|mayor|governor|billionaire|lawmaker|congressman|congresswoman))\b"
)
# "the firm said", "the statement added": an organisation named before.
_BODY: Final = re.compile(
    r"\b[Tt]he\s(?:company|firm|group|statement|organisation|organization|charity|union|bank|party|club|agency|ministry|"
    r"department|watchdog|regulator|body|newspaper|paper|airline|retailer|carmaker|brewer|authority|council)\b|\b[Ii]t\b"
)
_PARTICIPLE: Final = re.compile(r", [a-z]+ing\Z")
# "said one legal expert, as the Herald reported": who speaks has no name.
_NAMELESS: Final = re.compile(r"\s(?:an?|one|another|the|un|une|l[ea])\s[a-z]")
_MAX_SUBJECT_GAP: Final = 80
_MAX_WINDOW: Final = 250
_TIGHT_GAP: Final = 40
_MIN_SENTENCE_WORDS: Final = 4
_MAX_JOINT: Final = 100


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
        paragraph = _BLANK_LINE.search(text, place, start + _MAX_QUOTE_CHARS)
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
    for match in re.finditer(f"[{mark}{closing}]", text[start:limit]):
        place = start + match.start()
        if text[place] == mark and _opens_again(text, place):
            continue
        if text[place] in closing:
            if not depth:
                return place
            depth -= 1
        else:
            depth += 1
    return None


def _opens_again(text: str, place: int) -> bool:
    """Return whether an opening mark only begins the next paragraph of a quotation, which did not close before.

    So does a straight mark that stands before a word and behind the end of a sentence and white space.
    """
    if text[place + 1 : place + 2].isspace():
        return False
    if text[place] != '"':
        return text[place - 1] == "\n"
    return text[place - 1].isspace() and text[max(0, place - 8) : place].rstrip()[-1:] in {".", "!", "?", "…"}


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
        # A part of a sentence is rather said by its subject.
        is_tight = is_tight and not (self.text[start].islower() and _CUE.search(self.text, *before[:2]))
        for first, last, is_behind in (behind, before) if is_tight else (before, behind):
            for cue in _cues(self.text, first, last, is_behind):
                found = self._subject(cue, first, last, is_behind)
                if found is not None:
                    words = self.text[found[0] : found[1]]
                    return Spoken(start, end, words, found[2], cue[0].lower())
            if is_tight and is_behind:
                return Spoken(start, end, cue=verb[0].lower()) if verb else Spoken(start, end)
        return self._introduced(number)

    def _introduced(self, number: int) -> Spoken:
        """Return a quotation without a verb of saying, with the subject of what introduces it.

        That is the sentence that a colon ends before it, or one in the same paragraph that tells what someone says.
        """
        start, end = self.quotes[number]
        first, last, _ = self._before(number)
        words = self.text[first:last].rstrip()
        found = self._nearest(first, last, from_end=False) if words.endswith(":") else None
        if not words and _is_sentence(self.text, start, end) and self.text[first - 1 : first] != "\n":
            found = self._telling(first)
        return Spoken(start, end, self.text[found[0] : found[1]], found[2]) if found else Spoken(start, end)

    def _telling(self, end: int) -> _Mention | None:
        """Return who says something, without quotation marks, in the sentence that ends at `end`."""
        words = self.text[max(0, end - _MAX_WINDOW) : end]
        last = end - (len(words) - len(words.rstrip())) - 1
        first = self._sentence_start(last)
        for cue in _CUE.finditer(self.text, first, last):
            if not self._in_quote(cue.start()):
                return self._nearest(first, cue.start(), from_end=True)
        return None

    def goes_on(self, last: Spoken, quote: Spoken) -> bool:
        """Return whether a quotation without a verb of saying belongs to the one before it."""
        between = self.text[last.end + 1 : quote.start - 1]
        is_joint = len(between) < _MAX_JOINT and not _SENTENCE_END.search(self.text, last.end - 1, quote.start)
        if is_joint and "\n" not in between and not self._names(last.end, quote.start):
            return True
        if not _is_sentence(self.text, quote.start, quote.end):
            return False
        breaks = len(_PARAGRAPH.findall(between))
        starts_paragraph = not _has_word(_PARAGRAPH.split(between)[-1])
        return not breaks or (breaks <= 2 and starts_paragraph)

    def _names(self, first: int, last: int) -> bool:
        return any(first <= start < last for start, _, _ in self.mentions)

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
        # "Brandt praised Ferris, saying": the one who praised.
        found = self._nearest(first, cue.start(), from_end=not _PARTICIPLE.search(self.text, first, cue.end()))
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
        places = places or inside or self._described(first, last)
        if not places:
            return None
        return max(places) if from_end else min(places)

    def _described(self, first: int, last: int) -> list[_Mention]:
        """Return those who are not named but described in a stretch of text: the actor, the company."""
        return [
            (*match.span(), meant)
            for pattern, label in ((_ROLE, "PERSON"), (_BODY, "ORG"))
            for match in pattern.finditer(self.text, first, last)
            if (meant := self._last_named(match.start(), label)) is not None
        ]

    def _meant(self, pronoun: re.Match[str]) -> int | None:
        """Return the person that a pronoun stands for, not one who is known to be of the other sex."""
        return self._last_named(pronoun.start(), "PERSON", female=pronoun[0].lower() in _FEMALE)

    def _last_named(self, place: int, label: str, *, female: bool | None = None) -> int | None:
        """Return the first one named in the last sentence before a place that names any: its subject, as a rule."""
        meant, sentence = None, len(self.text)
        for start, _, number in reversed(self.mentions):
            if start >= place or self.groups[number].label != label:
                continue
            if female is not None and not self._may_be(number, female):
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


def _is_sentence(text: str, start: int, end: int) -> bool:
    return len(text[start:end].split()) >= _MIN_SENTENCE_WORDS and text[start].isupper()


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
    the one before if it fills its paragraph; so does one that stands in the same sentence.
    """
    quotes = find_quotes(text)
    speakers = _Speakers(text, quotes, groups)
    spoken = [speakers.attribute(number) for number in range(len(quotes))]
    for number, quote in enumerate(spoken):
        if number and quote.cue is None and speakers.goes_on(spoken[number - 1], quote):
            last = spoken[number - 1]
            spoken[number] = Spoken(quote.start, quote.end, last.speaker, last.group)
    return spoken
