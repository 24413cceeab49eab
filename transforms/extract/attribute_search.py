"""trafilatura's searches by class and id, which take a third of its time, made quick without changing what they find.

They are XPath expressions such as `.//*[self::div or self::section][re:test(@class, 'share')]`. lxml evaluates
`re:test` by a call of Python for each element and attribute, although a page has few distinct classes and the pages of
a site share them. `AttributeSearch` evaluates the same conditions once for each combination of a tag and the attributes
that they test, and remembers the answer. An expression that it does not understand stays as it is.
"""

import importlib
import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

_NAMESPACES: Final = {"re": "http://exslt.org/regular-expressions"}
_MAX_KNOWN: Final = 4_000
"""Answers that a search remembers. On 600 mixed pages 20,000 spared 9 in 100 of the evaluations and took 19 MB more."""

_QUOTED: Final = re.compile(r"'[^']*'")
_ATTRIBUTE: Final = re.compile(r"@([\w-]+)")
_TAG: Final = re.compile(r"self::(\w+)")
_CONDITION: Final = re.compile(r"\[(?:[^\[\]']|'[^']*')*\]")
# `(.//*[...])[1]` and `.//*[...][1]`.
_FIRST: Final = re.compile(r"\((?P<inner>\.//\*\[.*\])\)\[1\]|(?P<plain>\.//\*\[.*\])\[1\]")
# What looks beyond the element: other steps, its text, its place.
_BEYOND: Final = re.compile(r"[./]|\[\d|\b(?:ancestor|count|following|last|node|parent|position|preceding|text)\b")

Search = Callable[[HtmlElement], list[HtmlElement]]


class AttributeSearch:
    """Finds what an XPath expression finds below an element, in the same order.

    Of `(...)[1]`, and of `...[1]`, which is the first of each parent, it finds the very first only: trafilatura takes
    no other.

    Raises:
        ValueError: the expression has no regular expression, or no condition on the tag and attributes of an element.
    """

    def __init__(self, path: str) -> None:
        path = " ".join(path.split())
        first = _FIRST.fullmatch(path)
        self._is_first_only = first is not None
        whole = (first["inner"] or first["plain"]) if first else path
        parts = re.split(r"\|(?=\.//)", whole)
        if "re:test" not in path or not all(re.match(r"\.//(?:\*|\w+)(?:\[|$)", part) for part in parts):
            raise ValueError(f"not a search by attributes: {path}")
        at_element = [part.replace(".//", "self::", 1) for part in parts]
        local = [_without_beyond(part) for part in at_element]
        self._may_match = _evaluator(" or ".join(local))
        self._matches = _evaluator(" or ".join(at_element)) if local != at_element else None
        self._tags = _TAG.findall((_CONDITION.findall(local[0]) or [""])[0]) if len(parts) == 1 else []
        self._attributes = tuple(dict.fromkeys(_ATTRIBUTE.findall(_QUOTED.sub("''", whole))))
        self._known: dict[tuple[str | None, ...], bool] = {}

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """Return the elements below `tree` that the expression finds."""
        found = self._search(tree)
        return [element for _, element in zip(range(1), found, strict=False)] if self._is_first_only else list(found)

    def _search(self, tree: HtmlElement) -> Iterator[HtmlElement]:
        known, attributes, matches = self._known, self._attributes, self._matches
        if len(known) > _MAX_KNOWN:
            known.clear()
        for element in tree.iter(*self._tags or (etree.Element,)):
            get = element.get
            key = (element.tag, *[get(name) for name in attributes])
            may_match = known.get(key)
            if may_match is None:
                may_match = known[key] = self._may_match(element)
            if may_match and element is not tree and (matches is None or matches(element)):
                yield element


def _without_beyond(test: str) -> str:
    """Return a test of an element without the conditions that look beyond its tag and attributes.

    Raises:
        ValueError: no condition is left.
    """
    conditions = _CONDITION.findall(test)
    local = [each for each in conditions if not _BEYOND.search(_QUOTED.sub("''", each))]
    if conditions and not local:
        raise ValueError(f"no condition on tag and attributes: {test}")
    return test[: test.find("[")] + "".join(local) if conditions else test


def _evaluator(tests: str) -> Callable[[HtmlElement], bool]:
    return etree.XPath(f"boolean({tests})", namespaces=_NAMESPACES)


def quicken(search: Search) -> Search:
    """Return a search that finds the same as a compiled XPath expression, quicker if its form allows."""
    try:
        return AttributeSearch(search.path)  # type: ignore[attr-defined]
    except (AttributeError, ValueError):
        return search


def quicken_trafilatura() -> None:
    """Replace trafilatura's searches by quick ones, for the whole process; what they find stays the same."""
    xpaths = importlib.import_module("trafilatura.xpaths")
    for name in ("BODY_XPATH", "OVERALL_DISCARD_XPATH", "RAW_TREE_PRUNE_XPATH", "REMOVE_COMMENTS_AND_LISTS_XPATH"):
        searches = getattr(xpaths, name)
        searches[:] = map(quicken, searches)
    # The package has a function of the name of this module.
    baseline = vars(importlib.import_module("trafilatura.baseline"))
    baseline["BASIC_CLEAN_XPATH"] = quicken(baseline["BASIC_CLEAN_XPATH"])
