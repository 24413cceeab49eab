"""The topics of one article, explained: all words and cues that speak for each, with their strength."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.inspection import inspect_article
from pipeline.schema import row_to_article
from transforms.errors import InputError
from transforms.records import Article
from transforms.topics.classify import explain_topics
from transforms.topics.lexicon import Lexicon, find_lexicon, lexicon_languages, parse_lexicon


def explain_article(file: str, offset: int | None, config_path: Path | None, lexicon: Path | None) -> dict[str, Any]:
    """Return what speaks for each topic of an article, as plain values.

    Args:
        file: that holds the article.
        offset: place in it; None for the first.
        config_path: job whose options to use for reading and cleaning.
        lexicon: file to use in the place of newsbeam's own.

    Raises:
        InputError: there is no such file, article or lexicon, or the article can't be used.
        LexiconError: the file given as lexicon is wrong.
    """
    inspection = inspect_article(file, offset, config_path, steps=["DetectLanguage"])
    if inspection.row is None:
        raise InputError(f"{file}: is no article: {inspection.to_json()}")
    article = row_to_article(inspection.row)
    chosen = _choose_lexicon(article, lexicon, file)
    found = [
        dataclasses.asdict(topic) | {"evidence": {words: round(strength, 2) for words, strength in _sorted(evidence)}}
        for topic, evidence in explain_topics(article, chosen)
    ]
    return {
        "title": article.title,
        "language": article.language,
        "lexicon": {"language": chosen.language, "version": chosen.version},
        "topics": found,
    }


def _choose_lexicon(article: Article, path: Path | None, file: str) -> Lexicon:
    if path is not None:
        try:
            return parse_lexicon(path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise InputError(f"{path}: can't be read: {error.strerror}") from error
    lexicon = find_lexicon(article.language)
    if lexicon is None:
        raise InputError(f"{file}: language {article.language}; lexicons: {', '.join(lexicon_languages())}")
    return lexicon


def _sorted(evidence: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(evidence.items(), key=lambda item: (-item[1], item[0]))


def print_explanation(console: Console, explanation: dict[str, Any]) -> None:
    """Print the topics of an article with what speaks for them."""
    lexicon = explanation["lexicon"]
    title = f"{explanation['title'] or 'no title'} (lexicon {lexicon['language']}, version {lexicon['version']})"
    table = Table("score", "topic", "code", "what speaks for it, and how strongly", title=title, title_justify="left")
    for topic in explanation["topics"]:
        words = ", ".join(f"{words} {strength:g}" for words, strength in topic["evidence"].items())
        indent = "  " if topic["parent"] else ""
        table.add_row(f"{topic['score']:.2f}", indent + topic["label"], topic["code"], Text(words))
    console.print(table)
