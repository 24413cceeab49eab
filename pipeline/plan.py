"""The plan of a run: which inputs, cut into which shards, under which id."""

import dataclasses
import importlib.metadata
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.config import Config, build_enricher
from pipeline.shards import MIN_SHARD_ARTICLES, Shard, cut_shards
from pipeline.sources import plan_spans
from pipeline.sources.listing import FoundFile, fingerprint, list_files
from pipeline.sources.spans import Span
from pipeline.sources.spool import SPOOL, plan_spool
from transforms.entities import TagEntities
from transforms.identity import hash_fields

RUN_ID_CHARS: Final = 16
MAX_SPAN_BYTES: Final = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do.

    Attributes:
        run_id: given, else a hash of all that decides the rows, so that the same job is the same run.
        digest: that hash.
        config: the job.
        files: number of files.
        size_bytes: of all files.
        shards: in the order of the input.
        versions: name to version of all that decides the rows.
        attempts: how often these inputs have been tried, this run included.
        replay_of: run whose dead letters are tried again.
        replayed: ids of these dead letters.
        fetched: kind of source to number of inputs of the fetching part.
    """

    run_id: str
    digest: str
    config: Config
    files: int
    size_bytes: int
    shards: tuple[Shard, ...]
    versions: Mapping[str, str]
    attempts: int = 1
    replay_of: str | None = None
    replayed: tuple[str, ...] = field(default=())
    fetched: Mapping[str, int] = field(default_factory=dict)

    @property
    def inputs_by_source(self) -> dict[str, int]:
        """Kind of source to number of inputs."""
        counter = Counter(self.fetched)
        for span in self._spans:
            if span.kind != SPOOL:
                counter[span.kind] += span.count
        return dict(sorted(counter.items()))

    @property
    def inputs(self) -> int:
        """Number of articles to read, stored and fetched ones."""
        return sum(shard.inputs for shard in self.shards)

    @property
    def spooled(self) -> int:
        """Number of fetched articles to read."""
        return sum(span.count for span in self._spans if span.kind == SPOOL)

    @property
    def _spans(self) -> Iterator[Span]:
        return (span for shard in self.shards for span in shard.spans)


def plan_job(config: Config, run_id: str | None = None) -> Plan:
    """Return the plan of a job.

    Raises:
        InputError: an input does not exist or can't be listed.
    """
    stored = list_stored(config)
    return make_plan(config, stored.files, stored.spans, run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The stored articles of a job: their files, and the spans that these are cut into."""

    files: tuple[FoundFile, ...] = ()
    spans: tuple[Span, ...] = ()


def list_stored(config: Config) -> Stored:
    """Return the stored articles of a job, none if it names none.

    Raises:
        InputError: an input does not exist or can't be listed.
    """
    files = list_files(config.source.articles.paths)
    spans = plan_spans(files, max_articles=MIN_SHARD_ARTICLES, max_bytes=MAX_SPAN_BYTES)
    return Stored(files=tuple(files), spans=tuple(spans))


def plan_fetched(
    config: Config,
    run_id: str,
    spool: Path,
    fetched: Mapping[str, int],
    stored: Stored,
    *,
    attempts: int = 1,
    replay_of: str | None = None,
    replayed: tuple[str, ...] = (),
) -> Plan:
    """Return the plan of a job whose feeds and pages lie in a spool.

    Args:
        config: the job.
        run_id: of the run.
        spool: folder of what was fetched.
        fetched: kind of source to number of inputs of the fetching part.
        stored: the job's stored articles, which belong to the run too.
        attempts: how often these inputs have been tried, this run included.
        replay_of: run whose dead letters are tried again.
        replayed: ids of these dead letters.
    """
    spans = [*stored.spans, *plan_spool(spool, MIN_SHARD_ARTICLES)]
    plan = make_plan(config, stored.files, spans, run_id, attempts=attempts, replay_of=replay_of, replayed=replayed)
    return dataclasses.replace(plan, fetched=fetched, digest=run_id)


def make_plan(
    config: Config,
    files: Sequence[FoundFile],
    spans: Sequence[Span],
    run_id: str | None = None,
    *,
    attempts: int = 1,
    replay_of: str | None = None,
    replayed: tuple[str, ...] = (),
) -> Plan:
    """Return the plan for spans that are known already."""
    versions = software_versions(config)
    inputs = sorted((file.uri, file.size_bytes, fingerprint(file)) for file in files)
    decides = [config.deciding(), inputs, versions, replay_of, sorted(replayed)]
    digest = hash_fields(json.dumps(decides, sort_keys=True))
    return Plan(
        run_id=run_id or digest[:RUN_ID_CHARS],
        digest=digest,
        config=config,
        files=len(files),
        size_bytes=sum(file.size_bytes for file in files),
        shards=tuple(cut_shards(spans)),
        versions=versions,
        attempts=attempts,
        replay_of=replay_of,
        replayed=replayed,
    )


def software_versions(config: Config) -> dict[str, str]:
    """Return name to version of the software and models that decide what the rows are."""
    versions = {name: importlib.metadata.version(name) for name in ("newsbeam", "trafilatura", "spacy", "py3langid")}
    for number, step in enumerate(config.enrich):
        transform = build_enricher(step, f"enrich.{number}")
        if isinstance(transform, TagEntities):
            versions |= transform.model_versions()
    return versions
