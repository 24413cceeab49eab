"""Weights of salience: `python -m tests.benchmarks.salience RECORDS [RECORDS ...]`.

What an article is about is what its title names. So the titles of many articles, which no one labelled, tell whether
the weights of `transforms.entities.salience` hold: a logistic regression on place and count says which entities the
title names, with the title hidden. Weights are fitted on one half of the articles and judged on the other.

RECORDS are JSON Lines with `title`, `text` and `language`, such as newsbeam writes. Texts that begin with their title
are left out.
"""

import argparse
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from transforms.entities.salience import _BIAS, _EARLY, _OFTEN, features_of, is_named
from transforms.entities.spacy_models import load_model
from transforms.entities.tag import DEFAULT_LABELS, find_entities

_HIDDEN: Final = "-"
_MIN_CHARS: Final = 900
_RIDGE: Final = 1.0
_STEPS: Final = 30

Floats = npt.NDArray[np.float64]


def read_articles(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the English articles of some length with a title that does not stand in the text."""
    lines = (line for path in paths for line in path.read_text(encoding="utf-8").splitlines())
    articles = (json.loads(line) for line in lines)
    return [
        article
        for article in articles
        if article.get("language") == "en"
        and article.get("title")
        and len(article["text"]) >= _MIN_CHARS
        and not article["text"].startswith(article["title"])
    ]


def rows_of(articles: Iterable[dict[str, Any]]) -> tuple[Floats, Floats]:
    """Return a row (1, early, often) for each person, organisation and place, and whether the title names it."""
    model = load_model("en_core_web_sm")
    rows, named = [], []
    for article in articles:
        text = article["text"]
        groups = find_entities(text, model.find_spans(text), "en", DEFAULT_LABELS)
        for group, features in zip(groups, features_of(text, _HIDDEN, groups), strict=True):
            if group.label in {"PERSON", "ORG", "GPE", "LOC", "FAC"}:
                rows.append((1.0, features.early, features.often))
                named.append(float(is_named(article["title"], text, group)))
    return np.array(rows), np.array(named)


def fit(rows: Floats, named: Floats) -> Floats:
    """Return the weights of a logistic regression, by Newton's method with a small ridge."""
    weights = np.zeros(rows.shape[1])
    ridge = _RIDGE * np.diag([0.0] + [1.0] * (rows.shape[1] - 1))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (chance - named) + ridge @ weights
        weights -= np.linalg.solve((rows.T * (chance * (1 - chance))) @ rows + ridge, gradient)
    return weights


def precision_at_count(rows: Floats, named: Floats, weights: Floats) -> float:
    """Return the share that is right of as many entities as titles name, taken by score."""
    count = int(named.sum())
    return float(named[np.argsort(-(rows @ weights), kind="stable")[:count]].mean())


def main() -> None:
    """Print the weights of each half, and how well they and those in use name the other half's titles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", type=Path)
    articles = read_articles(parser.parse_args().records)
    halves = [rows_of(articles[part::2]) for part in (0, 1)]
    used = np.array([_BIAS, _EARLY, _OFTEN])
    for (rows, named), (other_rows, other_named) in (halves, halves[::-1]):
        weights = fit(rows, named)
        own, ours = (precision_at_count(other_rows, other_named, each) for each in (weights, used))
        print(  # noqa: T201
            f"{len(rows)} entities, {named.mean():.3f} in titles; bias {weights[0]:.2f}, early {weights[1]:.2f}, "
            f"often {weights[2]:.2f}; right in the other half {own:.3f}, with the weights in use {ours:.3f}"
        )


if __name__ == "__main__":
    main()
