"""The law of conservation: counts that add up pass, and any that is off by one is named."""

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.counts import (
    COUNTERS,
    Counts,
    StageCounts,
    count_by_source,
    count_by_stage,
    require_conservation,
    total,
)
from pipeline.staging import LedgerEntry
from transforms.errors import ConservationError

Ledger = list[LedgerEntry]
KINDS = ("html", "jsonl")


@dataclass(frozen=True, kw_only=True)
class Run:
    """All that the counts of a run are made from.

    Attributes:
        planned: kind to inputs.
        written: kind to published rows.
        dropped: kind to rows dropped when the run committed.
        ledger: of all shards.
        counters: Beam's.
    """

    planned: dict[str, int]
    written: dict[str, int]
    dropped: dict[str, int]
    ledger: Ledger
    counters: dict[str, int]

    def check(self) -> None:
        """Raise if the counts do not add up."""
        by_source = count_by_source(self.planned, self.written, self.dropped, self.ledger)
        counts = total(by_source)
        require_conservation(by_source, count_by_stage(sum(self.planned.values()), self.counters, self.ledger, counts))


def make_entries(kind: str, outcome: Any, number: int, stage: str | None = None) -> Ledger:  # noqa: ANN401 - a literal
    """Return some ledger entries of one sort."""
    entry = LedgerEntry(outcome=outcome, stage=stage, source_kind=kind, source_uri="a", source_offset=0)
    return [entry] * number


LOSSES: tuple[tuple[str, str | None], ...] = (
    ("dead_letters", "read"),
    ("dead_letters", "extract"),
    ("dead_letters", "run"),
    ("skipped", None),
    ("duplicates", None),
)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Runs that lost nothing: what is planned is what was lost and what was written."""
    numbers = st.integers(0, 4)
    ledger: Ledger = []
    for kind in KINDS:
        for outcome, stage in LOSSES:
            ledger += make_entries(kind, outcome, draw(numbers), stage)
    written = {kind: draw(numbers) for kind in KINDS}
    dropped = {kind: draw(numbers) for kind in KINDS}
    planned = {
        kind: written[kind] + dropped[kind] + sum(entry.source_kind == kind for entry in ledger) for kind in KINDS
    }
    to_commit = sum(written.values()) + sum(dropped.values())
    extracted = to_commit + _count(ledger, "duplicates")
    read = extracted + _count(ledger, "extract") + _count(ledger, "run")
    counters = dict(zip(COUNTERS, (read, extracted, to_commit), strict=True))
    return Run(planned=planned, written=written, dropped=dropped, ledger=ledger, counters=counters)


def _count(ledger: Sequence[LedgerEntry], sort: str) -> int:
    return sum(sort in (entry.outcome, entry.stage) for entry in ledger)


@given(runs())
def test_a_run_that_lost_nothing_passes(run: Run) -> None:
    """Counts that add up are accepted, and so are those of a run without inputs."""
    run.check()
    Run(planned={}, written={}, dropped={}, ledger=[], counters={}).check()


def _wrong_place(name: str, kind: str) -> str:
    """Return what a wrong value must be named by."""
    stages = dict(zip(COUNTERS, ("stage read", "stage extract", "stage enrich"), strict=True))
    return stages.get(name, f"source {kind}")


@given(
    run=runs(),
    name=st.sampled_from(["planned", "written", "dropped", *COUNTERS]),
    kind=st.sampled_from(KINDS),
    by=st.sampled_from([-1, 1]),
)
def test_a_count_that_is_off_by_one_is_named(run: Run, name: str, kind: str, by: int) -> None:
    """A single count that is one too high or too low fails the run and is named."""
    field, key = ("counters", name) if name in COUNTERS else (name, kind)
    wrong = copy.deepcopy(run)
    getattr(wrong, field)[key] += by

    with pytest.raises(ConservationError, match=_wrong_place(name, kind)):
        wrong.check()


STAGE_OF_LOSS = {"read": "stage read", "extract": "stage extract", "run": "stage extract"}


@given(run=runs(), loss=st.sampled_from(LOSSES), kind=st.sampled_from(KINDS), is_lost=st.booleans())
def test_a_ledger_that_is_off_by_one_is_named(run: Run, loss: tuple[str, str | None], kind: str, is_lost: bool) -> None:
    """An entry that is missing, or there twice, fails the run; its source and its stage are named."""
    outcome, stage = loss
    (entry,) = make_entries(kind, outcome, 1, stage)
    ledger = [*run.ledger, entry]
    if is_lost:
        assume(entry in run.ledger)
        ledger = list(run.ledger)
        ledger.remove(entry)
    of_outcome = {"skipped": "stage read", "duplicates": "stage enrich"}
    expected = STAGE_OF_LOSS[stage] if stage else of_outcome[outcome]

    with pytest.raises(ConservationError, match=f"(?s)source {kind}.*{expected}"):
        dataclasses.replace(run, ledger=ledger).check()


def test_the_error_says_what_is_missing() -> None:
    """The error holds the number of inputs that are unaccounted for, and the counts; those that add up are left out."""
    right = Counts(inputs=1, records=1, duplicates=0, skipped=0, dead_letters=0)
    wrong = dataclasses.replace(right, inputs=5)
    stages = [StageCounts(stage="read", inputs=1, outputs=1), StageCounts(stage="extract", inputs=1, outputs=3)]

    with pytest.raises(ConservationError) as raised:
        require_conservation({"html": right, "warc": wrong}, stages)

    first, *lines = str(raised.value).splitlines()
    assert f"  source warc: 4 unaccounted for in {wrong.to_json()}" == lines[0]
    assert f"  stage extract: -2 unaccounted for in {stages[1].to_json()}" == lines[1]
    assert first == "the counts do not add up; nothing was published:"
    assert len(lines) == len([wrong, stages[1]])


def test_feeds_that_had_not_changed_are_accounted_for() -> None:
    """An input that was not modified is not lost."""
    counts = Counts(inputs=15, records=1, duplicates=2, skipped=3, not_modified=4, dead_letters=5)

    assert counts.lost == 0
    assert counts == total({"feed": counts})
    assert total({"a": counts, "b": counts}).not_modified == counts.not_modified * 2


def test_what_was_not_planned_is_named() -> None:
    """A kind of source that appears in the ledger alone is counted, and fails the run."""
    by_source = count_by_source({}, {}, {}, make_entries("warc", "skipped", 2))

    with pytest.raises(ConservationError, match="source warc: -2 unaccounted"):
        require_conservation(by_source, [])


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_what_was_fetched_adds_up_too(
    unchanged: int, known: int, dead: int, forbidden: int, records: int, dropped: int
) -> None:
    """Entries, pages and feeds that did not get past fetching are lost there, in no later stage; one off is named."""
    ledger = [
        *make_entries("feed", "not_modified", unchanged, "fetch"),
        *make_entries("feed", "duplicates", known, "fetch"),
        *make_entries("url", "dead_letters", dead, "fetch"),
        *make_entries("url", "skipped", forbidden, "fetch"),
    ]
    spooled, fetched = records + dropped, records + dropped + len(ledger)
    planned = {"feed": unchanged + known + records + dropped, "url": dead + forbidden}
    by_source = count_by_source(planned, {"feed": records}, {"feed": dropped}, ledger)
    counters = dict.fromkeys(COUNTERS, spooled)
    stages = count_by_stage(spooled, counters, ledger, total(by_source), fetched=fetched, spooled=spooled)
    require_conservation(by_source, stages)
    assert (["fetch"] if fetched else []) + ["read", "extract", "enrich", "commit"] == [one.stage for one in stages]
    for name, change in (("fetched", {"fetched": fetched + 1}), ("spooled", {"spooled": spooled + 1})):
        given_ = {"fetched": fetched, "spooled": spooled} | change
        wrong = count_by_stage(spooled, counters, ledger, total(by_source), **given_)
        if fetched or name == "fetched":
            with pytest.raises(ConservationError, match="stage fetch"):
                require_conservation(by_source, wrong)
