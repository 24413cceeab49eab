"""Entities: the persons, organisations, places and other named things of an article, with all their mentions.

text -> spans of names (`spacy_models`: spaCy's answers, by `fast`, which is `chunks`, `encoder` and `decoder`)
     -> clean spans (`spans`), one label for each name and repeats (`labels`), the user's own names (`gazetteer`)
     -> entities (`linking`, with `countries`), how much the article is about each (`salience`), quotes (`quotes`)
"""

from transforms.entities.spacy_models import preload
from transforms.entities.tag import DEFAULT_LABELS, DEFAULT_MODELS, TagEntities, tag_entities

__all__ = ["DEFAULT_LABELS", "DEFAULT_MODELS", "TagEntities", "preload", "tag_entities"]
