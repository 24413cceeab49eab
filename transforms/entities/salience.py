"""How much an article is about each of its entities.

What is named early, often and in the headline is what an article is about (Dunietz and Gillick: "A new entity salience
task with millions of training examples", EACL 2014). The weights were chosen by hand.
"""

import math
import re
from collections.abc import Sequence
from typing import Final

from transforms.entities.linking import Group

_LEAD_CHARS: Final = 300
_BIAS: Final = -4.3
_FIRST: Final = 4.0
_OFTEN: Final = 4.0
_IN_TITLE: Final = 1.0


def salience_of(text: str, title: str | None, groups: Sequence[Group]) -> list[float]:
    """Return the salience of each entity, in (0, 1), rounded to three digits; .5 and more is what a summary names.

    Args:
        text: of the article.
        title: its headline; without one the first line of the text counts as such.
        groups: the entities.
    """
    headline = title or text.partition("\n")[0][:200]
    most = max((len(group.spans) for group in groups), default=1)
    return [round(_salience(text, headline, group, most), 3) for group in groups]


def _salience(text: str, headline: str, group: Group, most: int) -> float:
    count, first = len(group.spans), group.spans[0].start
    early = 1.0 if first < _LEAD_CHARS else 0.3 * _LEAD_CHARS / first
    often = math.log1p(count) / math.log1p(max(most, 3))
    forms = {text[span.start : span.end] for span in group.spans}
    in_title = any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", headline) for form in forms)
    score = _BIAS + _FIRST * early + _OFTEN * often + _IN_TITLE * in_title
    return 1 / (1 + math.exp(-score))
