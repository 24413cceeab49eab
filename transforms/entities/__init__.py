"""Entities: the persons, organisations, places and other named things of an article, with all their mentions."""

from transforms.entities.tag import DEFAULT_LABELS, DEFAULT_MODELS, TagEntities, tag_entities

__all__ = ["DEFAULT_LABELS", "DEFAULT_MODELS", "TagEntities", "tag_entities"]
