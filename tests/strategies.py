"""Strategies of hypothesis for the records, as wide as their types allow."""

from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from transforms.records import (
    Article,
    Author,
    Entity,
    FieldSource,
    Image,
    Mention,
    ModelVersion,
    Precision,
    Quote,
    StepError,
    Topic,
)

T = TypeVar("T")

INT32 = st.integers(0, 2**31 - 1)
INT64 = st.integers(0, 2**63 - 1)
SCORES = st.floats(0, 1)
HASHES = st.integers(0, 2**128 - 1).map("{:032x}".format)

PRECISIONS: tuple[Precision, ...] = ("second", "minute", "hour", "day", "month")


def words() -> st.SearchStrategy[str]:
    """Any string that UTF-8 can hold."""
    return st.text(st.characters(codec="utf-8"), max_size=20)


def lines() -> st.SearchStrategy[str | None]:
    """Any such string, or None."""
    return st.none() | words()


def times() -> st.SearchStrategy[datetime | None]:
    """Times in UTC from the year 1 to 9999, to the microsecond, or None."""
    return st.none() | st.datetimes(timezones=st.just(UTC))


def mentions() -> st.SearchStrategy[Mention]:
    """Mentions anywhere."""
    return st.builds(Mention, text=words(), start_char=INT32, end_char=INT32)


def entities() -> st.SearchStrategy[Entity]:
    """Entities with few mentions."""
    return st.builds(
        Entity,
        name=words(),
        type=words(),
        count=INT32,
        salience=SCORES,
        country=lines(),
        same_as=lines(),
        mentions=_few(mentions()),
    )


def quotes() -> st.SearchStrategy[Quote]:
    """Quotes anywhere, by anyone."""
    return st.builds(
        Quote,
        text=words(),
        start_char=INT32,
        end_char=INT32,
        speaker=lines(),
        speaker_entity=lines(),
        cue=lines(),
    )


def topics() -> st.SearchStrategy[Topic]:
    """Topics with little evidence."""
    return st.builds(
        Topic,
        scheme=words(),
        code=words(),
        label=words(),
        score=SCORES,
        evidence=_few(words()),
        parent=st.none() | words(),
    )


def articles() -> st.SearchStrategy[Article]:
    """Articles with anything in any field."""
    return st.builds(
        Article,
        id=HASHES,
        version_id=HASHES,
        content_hash=HASHES,
        url=lines(),
        canonical_url=lines(),
        domain=lines(),
        guid=lines(),
        title=lines(),
        description=lines(),
        text=words(),
        section=lines(),
        keywords=_few(words()),
        language=lines(),
        published_at=times(),
        published_at_source=lines(),
        modified_at=times(),
        modified_at_precision=st.none() | st.sampled_from(PRECISIONS),
        modified_at_source=lines(),
        is_accessible_for_free=st.none() | st.booleans(),
        is_live_blog=st.none() | st.just(True),
        fetched_at=times(),
        first_seen_at=times(),
        feed_url=lines(),
        feed_title=lines(),
        site_name=lines(),
        source_kind=words(),
        source_uri=words(),
        primary_topic=lines(),
        extraction_method=words(),
        quality_flags=_few(words()),
        word_count=INT32,
        source_offset=INT64,
        language_confidence=st.none() | SCORES,
        published_at_precision=st.none() | st.sampled_from(PRECISIONS),
        authors=_few(st.builds(Author, name=words(), type=lines(), url=lines())),
        images=_few(st.builds(Image, url=lines(), caption=lines(), credit=lines())),
        entities=_few(entities()),
        quotes=_few(quotes()),
        topics=_few(topics()),
        provenance=_few(st.builds(FieldSource, field=words(), source=words(), raw=lines())),
        models=_few(st.builds(ModelVersion, step=words(), name=words(), version=words())),
        errors=_few(st.builds(StepError, step=words(), code=words(), message=words())),
    )


def _few(elements: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(elements, max_size=2).map(tuple)
