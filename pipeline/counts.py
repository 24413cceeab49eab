"""The counts of a run, and the law that they obey: nothing is lost.

    inputs = records + duplicates + skipped + not_modified + dead_letters

holds for the run, for each kind of source, and between each stage and the next. The two sides come from different
places: inputs from the plan, records from the rows that are published, the lost from the ledgers, and what passed
from stage to stage from Beam's counters.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pipeline.staging import LedgerEntry
from transforms.errors import ConservationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the inputs; one input is a stored article, a feed's entry, a page, or a feed that was not read.

    Attributes:
        inputs: planned to be read or fetched.
        records: rows that were written.
        duplicates: articles that were already there, in this run or an earlier one.
        skipped: inputs that are no articles.
        not_modified: feeds that had not changed.
        dead_letters: inputs that could not be used.
    """

    inputs: int
    records: int
    duplicates: int
    skipped: int
    not_modified: int = 0
    dead_letters: int

    @property
    def lost(self) -> int:
        """Inputs that no count accounts for; negative if some are counted twice."""
        return self.inputs - self.records - self.duplicates - self.skipped - self.not_modified - self.dead_letters

    def to_json(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCounts:
    """What went into a stage, came out, and was lost there."""

    stage: str
    inputs: int
    outputs: int
    dead_letters: int = 0
    skipped: int = 0
    duplicates: int = 0
    not_modified: int = 0

    @property
    def lost(self) -> int:
        """Inputs that no count accounts for."""
        accounted = self.outputs + self.dead_letters + self.skipped + self.duplicates + self.not_modified
        return self.inputs - accounted

    def to_json(self) -> dict[str, int | str]:
        """Return the counts by name."""
        return asdict(self)


COUNTERS: Final = ("articles_read", "articles_extracted", "articles_written")
"""The Beam counters that say how many articles left the stages `read`, `extract` and `enrich`."""


def count_by_source(
    planned: Mapping[str, int], written: Mapping[str, int], dropped: Mapping[str, int], ledger: Iterable[LedgerEntry]
) -> dict[str, Counts]:
    """Return the counts of each kind of source.

    Args:
        planned: kind to inputs.
        written: kind to published rows.
        dropped: kind to rows that were dropped as duplicates when the run committed.
        ledger: of all shards.
    """
    lost = Counter((entry.source_kind, entry.outcome) for entry in ledger)
    kinds = sorted({*planned, *written, *dropped, *(kind for kind, _ in lost)})
    return {
        kind: Counts(
            inputs=planned.get(kind, 0),
            records=written.get(kind, 0),
            duplicates=dropped.get(kind, 0) + lost[kind, "duplicates"],
            skipped=lost[kind, "skipped"],
            not_modified=lost[kind, "not_modified"],
            dead_letters=lost[kind, "dead_letters"],
        )
        for kind in kinds
    }


def total(by_source: Mapping[str, Counts]) -> Counts:
    """Return the sum of the counts of all sources."""
    names = ("inputs", "records", "duplicates", "skipped", "not_modified", "dead_letters")
    return Counts(**{name: sum(getattr(counts, name) for counts in by_source.values()) for name in names})


def count_by_stage(
    inputs: int,
    counters: Mapping[str, int],
    ledger: Iterable[LedgerEntry],
    counts: Counts,
    *,
    fetched: int = 0,
    spooled: int = 0,
) -> list[StageCounts]:
    """Return the counts of each stage in order; what leaves one enters the next.

    Args:
        inputs: planned to be read, those that were fetched among them.
        counters: Beam's, see `COUNTERS`.
        ledger: of all shards.
        counts: of the run.
        fetched: inputs of the fetching part: entries, pages, and feeds that were not read.
        spooled: articles that it left in the spool.
    """
    lost = Counter((entry.stage, entry.outcome) for entry in ledger)
    read, extracted, written = (counters.get(name, 0) for name in COUNTERS)
    duplicates = lost[None, "duplicates"]
    at_commit = counts.duplicates - duplicates - lost["fetch", "duplicates"]
    extract_dead = lost["extract", "dead_letters"] + lost["run", "dead_letters"]
    fetch = StageCounts(
        stage="fetch",
        inputs=fetched,
        outputs=spooled,
        **{name: lost["fetch", name] for name in ("dead_letters", "skipped", "duplicates", "not_modified")},
    )
    return [
        *([fetch] if fetched else []),
        StageCounts(
            stage="read",
            inputs=inputs,
            outputs=read,
            dead_letters=lost["read", "dead_letters"],
            skipped=lost[None, "skipped"],
        ),
        StageCounts(stage="extract", inputs=read, outputs=extracted, dead_letters=extract_dead),
        StageCounts(stage="enrich", inputs=extracted, outputs=written, duplicates=duplicates),
        StageCounts(stage="commit", inputs=written, outputs=counts.records, duplicates=at_commit),
    ]


def require_conservation(by_source: Mapping[str, Counts], stages: Iterable[StageCounts]) -> None:
    """Return if nothing was lost or counted twice.

    Raises:
        ConservationError: names the sources and stages that do not add up, with their counts.
    """
    wrong: list[tuple[str, Any]] = [(f"source {kind}", counts) for kind, counts in by_source.items() if counts.lost]
    wrong += [(f"stage {stage.stage}", stage) for stage in stages if stage.lost]
    if wrong:
        lines = [f"  {name}: {counts.lost} unaccounted for in {counts.to_json()}" for name, counts in wrong]
        raise ConservationError("the counts do not add up; nothing was published:\n" + "\n".join(lines))
