"""The output's columns: article <-> row <-> Arrow schema. The only place that knows column names.

One row is one version of one article. Nothing of the run's wall clock is in a row, so that a run repeated gives the
same bytes. `docs/schema.md` and `newsbeam schema` are made from `COLUMNS`.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from transforms.records import (
    SCHEMA_VERSION,
    Article,
    Author,
    Entity,
    FieldSource,
    Image,
    Mention,
    ModelVersion,
    Quote,
    StepError,
    Topic,
)

Row = dict[str, Any]
"""A row as Python values: column name to value, lists of dicts for the nested columns."""

UTC_MICROSECONDS = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the output.

    Attributes:
        name: its name.
        type: its Arrow type.
        nullable: whether it may be null; lists never are.
        meaning: what it holds.
        schema_org: property of schema.org's NewsArticle that means the same, if there is one.
        ninjs: property of IPTC ninjs 3 that means the same, if there is one.
    """

    name: str
    type: pa.DataType
    nullable: bool = True
    meaning: str
    schema_org: str | None = None
    ninjs: str | None = None


def _required(name: str, dtype: pa.DataType) -> pa.Field:
    return pa.field(name, dtype, nullable=False)


def _list(*fields: pa.Field) -> pa.DataType:
    return pa.list_(_required("element", pa.struct(fields)))


TEXT_LIST = pa.list_(_required("element", pa.string()))
AUTHORS = _list(_required("name", pa.string()), pa.field("type", pa.string()), pa.field("url", pa.string()))
IMAGES = _list(pa.field("url", pa.string()), pa.field("caption", pa.string()), pa.field("credit", pa.string()))
MENTIONS = _list(_required("text", pa.string()), _required("start_char", pa.int32()), _required("end_char", pa.int32()))
ENTITIES = _list(
    _required("name", pa.string()),
    _required("type", pa.string()),
    _required("count", pa.int32()),
    _required("salience", pa.float64()),
    pa.field("country", pa.string()),
    pa.field("same_as", pa.string()),
    _required("mentions", MENTIONS),
)
QUOTES = _list(
    _required("text", pa.string()),
    _required("start_char", pa.int32()),
    _required("end_char", pa.int32()),
    pa.field("speaker", pa.string()),
    pa.field("speaker_entity", pa.string()),
    pa.field("cue", pa.string()),
)
TOPICS = _list(
    _required("scheme", pa.string()),
    _required("code", pa.string()),
    _required("label", pa.string()),
    _required("score", pa.float64()),
    _required("evidence", TEXT_LIST),
    pa.field("parent", pa.string()),
)
PROVENANCE = _list(_required("field", pa.string()), _required("source", pa.string()), pa.field("raw", pa.string()))
MODELS = _list(_required("step", pa.string()), _required("name", pa.string()), _required("version", pa.string()))
ERRORS = _list(_required("step", pa.string()), _required("code", pa.string()), _required("message", pa.string()))

COLUMNS: tuple[Column, ...] = (
    Column(name="schema_version", type=pa.int32(), nullable=False, meaning="version of this table's columns, now 1"),
    Column(
        name="id",
        type=pa.string(),
        nullable=False,
        meaning="hash of the canonical URL, else of the publisher's identifier, else of the content",
        schema_org="identifier",
        ninjs="uri",
    ),
    Column(
        name="version_id",
        type=pa.string(),
        nullable=False,
        meaning="hash of `id` and content; rows with the same one are duplicates",
        schema_org="version",
        ninjs="version",
    ),
    Column(name="url", type=pa.string(), meaning="address as given", schema_org="url", ninjs="located"),
    Column(
        name="canonical_url",
        type=pa.string(),
        meaning="address without what does not name the article (tracking parameters, fragment)",
        schema_org="mainEntityOfPage",
        ninjs="uri",
    ),
    Column(name="domain", type=pa.string(), meaning="registrable domain of the address"),
    Column(
        name="guid",
        type=pa.string(),
        meaning="identifier given by the publisher or the container",
        schema_org="identifier",
        ninjs="altids",
    ),
    Column(name="title", type=pa.string(), meaning="headline", schema_org="headline", ninjs="headlines"),
    Column(
        name="description",
        type=pa.string(),
        meaning="standfirst (dek)",
        schema_org="description",
        ninjs="descriptions",
    ),
    Column(
        name="text",
        type=pa.string(),
        nullable=False,
        meaning="body, paragraphs separated by a blank line",
        schema_org="articleBody",
        ninjs="bodies",
    ),
    Column(
        name="section",
        type=pa.string(),
        meaning="section of the publication",
        schema_org="articleSection",
        ninjs="genres",
    ),
    Column(
        name="authors",
        type=AUTHORS,
        nullable=False,
        meaning="authors in the order of the byline; `type` is `person` or `organization` where known",
        schema_org="author",
        ninjs="people, by",
    ),
    Column(
        name="keywords",
        type=TEXT_LIST,
        nullable=False,
        meaning="words that the publisher filed the article under",
        schema_org="keywords",
        ninjs="keywords",
    ),
    Column(
        name="images",
        type=IMAGES,
        nullable=False,
        meaning="pictures in the order of the page",
        schema_org="image",
        ninjs="associations",
    ),
    Column(
        name="word_count",
        type=pa.int32(),
        nullable=False,
        meaning="whitespace-separated words in `text`",
        schema_org="wordCount",
        ninjs="bodies[].wordcount",
    ),
    Column(name="language", type=pa.string(), meaning="ISO 639-1 code", schema_org="inLanguage", ninjs="language"),
    Column(
        name="language_confidence",
        type=pa.float64(),
        meaning="how sure the detector is, 0 to 1; null where the source stated the language",
    ),
    Column(
        name="published_at",
        type=UTC_MICROSECONDS,
        meaning="time of publication, UTC; the parts below `published_at_precision` are zero",
        schema_org="datePublished",
        ninjs="firstcreated",
    ),
    Column(
        name="published_at_precision",
        type=pa.string(),
        meaning="smallest part of it that was stated: `second`, `minute`, `hour`, `day` or `month`",
    ),
    Column(name="published_at_source", type=pa.string(), meaning="where it was stated; a source as in `provenance`"),
    Column(
        name="modified_at",
        type=UTC_MICROSECONDS,
        meaning="time of the last change that the source states, UTC",
        schema_org="dateModified",
        ninjs="contentmodified",
    ),
    Column(name="modified_at_precision", type=pa.string(), meaning="smallest part of it that was stated"),
    Column(name="modified_at_source", type=pa.string(), meaning="where it was stated"),
    Column(
        name="fetched_at",
        type=UTC_MICROSECONDS,
        meaning="when the page was fetched, UTC, where the source says so (WARC-Date); never the file's clock",
    ),
    Column(
        name="first_seen_at",
        type=UTC_MICROSECONDS,
        meaning="when the entry that led to the article was first seen in its feed, UTC",
    ),
    Column(
        name="date",
        type=pa.date32(),
        meaning="UTC day of `published_at`, else of `first_seen_at`; the partition, null for undated articles",
    ),
    Column(
        name="site_name",
        type=pa.string(),
        meaning="name of the publication",
        schema_org="publisher.name",
        ninjs="infosources",
    ),
    Column(name="feed_url", type=pa.string(), meaning="address of the feed that led to the article"),
    Column(name="feed_title", type=pa.string(), meaning="name of that feed"),
    Column(
        name="is_accessible_for_free",
        type=pa.bool_(),
        meaning="whether all can read it; null where the page does not say",
        schema_org="isAccessibleForFree",
    ),
    Column(
        name="is_live_blog",
        type=pa.bool_(),
        meaning="true where the page says that it is a live blog, else null",
        schema_org="LiveBlogPosting",
    ),
    Column(
        name="source_kind",
        type=pa.string(),
        nullable=False,
        meaning="what was read: `html`, `text`, `warc`, `jsonl` or `parquet`; `feed` or `url` for what was fetched",
    ),
    Column(name="source_uri", type=pa.string(), nullable=False, meaning="path or URI of the file that was read"),
    Column(
        name="source_offset",
        type=pa.int64(),
        nullable=False,
        meaning="place in that file: line (JSONL), row (Parquet) or entry (feed) from 0, byte offset (WARC), else 0",
    ),
    Column(
        name="entities",
        type=ENTITIES,
        nullable=False,
        meaning="named things in the order of their first mention, each under its fullest name; offsets count code "
        "points into `text`, `end_char` excluded; `salience` from 0 to 1, .5 and more for what a summary would name; "
        "`country` is ISO 3166-1 alpha-2, `same_as` the Wikidata item of a country or what your gazetteer says",
        schema_org="mentions",
        ninjs="people, organisations, places",
    ),
    Column(
        name="quotes",
        type=QUOTES,
        nullable=False,
        meaning="words between quotation marks; `speaker` as the text puts it, `speaker_entity` the name in "
        "`entities`, `cue` the verb of saying; all null where it is not clear who speaks",
        schema_org="hasPart",
        ninjs="associations",
    ),
    Column(
        name="primary_topic",
        type=pa.string(),
        meaning="code of the strongest Media Topic of the top level, null if none is clear enough",
        schema_org="about",
        ninjs="subjects",
    ),
    Column(
        name="topics",
        type=TOPICS,
        nullable=False,
        meaning="subjects, strongest first; `score` from 0 to 1, `evidence` the words that spoke for it, `parent` the "
        "topic of a narrower one",
        schema_org="about",
        ninjs="subjects",
    ),
    Column(name="content_hash", type=pa.string(), nullable=False, meaning="hash of title, description and text"),
    Column(
        name="extraction_method",
        type=pa.string(),
        nullable=False,
        meaning="what took text out of the source: `trafilatura`, `plain_text` or `feed`",
    ),
    Column(
        name="quality_flags",
        type=TEXT_LIST,
        nullable=False,
        meaning="doubts about the article, sorted; docs/cleaning.md explains them",
    ),
    Column(
        name="provenance",
        type=PROVENANCE,
        nullable=False,
        meaning="which source a field came from, sorted by field: `record` (a column of the container), `jsonld`, "
        "`opengraph`, `meta`, `microdata`, `heading`, `time`, `title`, `url`, `page`, `text` or `feed`; `raw` is how a "
        "feed writes its date",
    ),
    Column(name="models", type=MODELS, nullable=False, meaning="what did each step, with its version"),
    Column(
        name="errors", type=ERRORS, nullable=False, meaning="what a step could not do, such as `unsupported_language`"
    ),
    Column(
        name="run_id",
        type=pa.string(),
        nullable=False,
        meaning="run that wrote the row; `runs/<run_id>.json` tells more",
    ),
)


def arrow_schema() -> pa.Schema:
    """Return the Arrow schema of a row, columns in the order of `COLUMNS`."""
    return pa.schema([pa.field(column.name, column.type, nullable=column.nullable) for column in COLUMNS])


def partition_date(article: Article) -> date | None:
    """Return the UTC day under which the article is filed: of `published_at`, else of `first_seen_at`, else None."""
    moment = article.published_at or article.first_seen_at
    return moment.date() if moment else None


def _entity_to_row(entity: Entity) -> Row:
    mentions = [{"text": m.text, "start_char": m.start_char, "end_char": m.end_char} for m in entity.mentions]
    return {
        "name": entity.name,
        "type": entity.type,
        "count": entity.count,
        "salience": entity.salience,
        "country": entity.country,
        "same_as": entity.same_as,
        "mentions": mentions,
    }


_FLAT = frozenset(field.name for field in dataclasses.fields(Article)) - {
    *(
        "authors",
        "keywords",
        "images",
        "entities",
        "quotes",
        "topics",
        "quality_flags",
        "provenance",
        "models",
        "errors",
    ),
}


def article_to_row(article: Article, run_id: str) -> Row:
    """Return the row of an article, columns in the order of `COLUMNS`."""
    row: Row = {name: getattr(article, name) for name in _FLAT}
    row |= {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "date": partition_date(article),
        "authors": [{"name": a.name, "type": a.type, "url": a.url} for a in article.authors],
        "keywords": list(article.keywords),
        "images": [{"url": i.url, "caption": i.caption, "credit": i.credit} for i in article.images],
        "entities": [_entity_to_row(entity) for entity in article.entities],
        "quotes": [dataclasses.asdict(quote) for quote in article.quotes],
        "topics": [dataclasses.asdict(topic) | {"evidence": list(topic.evidence)} for topic in article.topics],
        "quality_flags": list(article.quality_flags),
        "provenance": [{"field": p.field, "source": p.source, "raw": p.raw} for p in article.provenance],
        "models": [{"step": m.step, "name": m.name, "version": m.version} for m in article.models],
        "errors": [{"step": e.step, "code": e.code, "message": e.message} for e in article.errors],
    }
    return {column.name: row[column.name] for column in COLUMNS}


def row_to_article(row: Mapping[str, Any]) -> Article:
    """Return the article of a row: the inverse of `article_to_row`, but for the run's id."""
    fields = {name: row[name] for name in _FLAT}
    return Article(
        **fields,
        authors=tuple(Author(**author) for author in row["authors"]),
        keywords=tuple(row["keywords"]),
        images=tuple(Image(**image) for image in row["images"]),
        entities=tuple(
            Entity(**(entity | {"mentions": tuple(Mention(**mention) for mention in entity["mentions"])}))
            for entity in row["entities"]
        ),
        quotes=tuple(Quote(**quote) for quote in row["quotes"]),
        topics=tuple(Topic(**(topic | {"evidence": tuple(topic["evidence"])})) for topic in row["topics"]),
        quality_flags=tuple(row["quality_flags"]),
        provenance=tuple(FieldSource(**source) for source in row["provenance"]),
        models=tuple(ModelVersion(**model) for model in row["models"]),
        errors=tuple(StepError(**error) for error in row["errors"]),
    )


def _type_name(dtype: pa.DataType) -> str:
    """Return an Arrow type as people write it, such as `list<struct<name, type, url>>`."""
    if pa.types.is_list(dtype):
        return f"list<{_type_name(dtype.value_type)}>"
    if pa.types.is_struct(dtype):
        return "struct<" + ", ".join(f"{field.name}: {_type_name(field.type)}" for field in dtype) + ">"
    return str(dtype).replace("date32[day]", "date")


def columns_as_records() -> list[dict[str, str | bool | None]]:
    """Return the columns as plain values, for `newsbeam schema --json` and the docs."""
    return [
        {
            "name": column.name,
            "type": _type_name(column.type),
            "nullable": column.nullable,
            "meaning": column.meaning,
            "schema_org": column.schema_org,
            "ninjs": column.ninjs,
        }
        for column in COLUMNS
    ]


def columns_as_markdown() -> str:
    """Return the table of docs/schema.md."""
    lines = ["| column | type | null | meaning | schema.org | ninjs 3 |", "|---|---|---|---|---|---|"]
    for column in COLUMNS:
        null = "yes" if column.nullable else "no"
        names = f"{column.schema_org or ''} | {column.ninjs or ''}"
        lines.append(f"| `{column.name}` | `{_type_name(column.type)}` | {null} | {column.meaning} | {names} |")
    return "\n".join(lines) + "\n"
