"""One article, looked at: its record, where each field came from, entities in the text, topics with evidence."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.config import Config, load_config, parse_config
from pipeline.plan import plan_job
from pipeline.schema import Row
from pipeline.shard_run import ShardTask, run_shard
from pipeline.shards import Shard
from pipeline.sinks.jsonl import to_plain
from pipeline.sources import Limits, Span, read_span, restrict_spans
from pipeline.staging import LEDGER_SUFFIX, ROWS_SUFFIX, LedgerEntry, map_rows, read_ledger
from transforms.errors import InputError
from transforms.extract import PageLimits, Removed, extract_with_removed
from transforms.records import RawArticle

ENTITY_STYLES: Final = {"PERSON": "bold cyan", "ORG": "bold magenta", "GPE": "bold green", "LOC": "bold green"}
_OWN_PLACE: Final = frozenset({"text", "entities", "quotes", "topics", "provenance", "models", "errors"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What became of one input: a row, or an entry of the ledger.

    Attributes:
        row: the record.
        lost: why there is none.
        removed: lines that repairs took out of the text.
    """

    row: Row | None = None
    lost: LedgerEntry | None = None
    removed: tuple[Removed, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the row, or the reason why there is none, as plain values."""
        if self.row is not None:
            removed = [{"repair": each.repair, "text": each.text} for each in self.removed]
            return {"record": to_plain(self.row), "removed": removed}
        assert self.lost is not None
        return {"outcome": self.lost.outcome, "reason": self.lost.reason, "detail": self.lost.detail}


def inspect_article(
    file: str, offset: int | None, config_path: Path | None, steps: Sequence[str] | None = None
) -> Inspection:
    """Return what newsbeam makes of one article, by the job's own graph in a folder that goes afterwards.

    Args:
        file: that holds the article.
        offset: place in it; None for the first.
        config_path: job whose options to use.
        steps: enrichers to use, with the options that they have by themselves; None for those of the job.

    Raises:
        InputError: there is no such file, or no article at that place.
    """
    with tempfile.TemporaryDirectory(prefix="newsbeam-") as folder:
        config = _config(file, folder, config_path, steps)
        plan = plan_job(config)
        spans = [span for shard in plan.shards for span in shard.spans]
        if not spans:
            raise InputError(f"{file}: holds no article")
        wanted = spans[0].first_offset if offset is None else offset
        shard = Shard(name="inspect", spans=tuple(restrict_spans(spans, {spans[0].uri: {wanted}})))
        run_shard(ShardTask(config=config, shard=shard, folder=folder, run_id="inspect"))
        rows = [row for path in Path(folder).glob(f"*{ROWS_SUFFIX}") for row in map_rows(path).to_pylist()]
        lost = [entry for path in Path(folder).glob(f"*{LEDGER_SUFFIX}") for entry in read_ledger(path)]
    if not rows and (not lost or lost[0].reason == "changed_input"):
        raise InputError(f"{file}: no article at offset {wanted}")
    if not rows:
        return Inspection(lost=lost[0])
    return Inspection(row=rows[0], removed=_find_removed(shard.spans, config))


def _find_removed(spans: Sequence[Span], config: Config) -> tuple[Removed, ...]:
    """Return what repairs took out of the one article of these spans, by extracting it again."""
    clean, columns = config.clean, config.source.articles.columns
    limits = PageLimits(max_elements=clean.max_elements, max_depth=clean.max_depth)
    for span in spans:
        names = {str(ours): theirs for ours, theirs in columns.items()}
        for raw in read_span(span, names, Limits(max_article_bytes=clean.max_article_bytes)):
            if isinstance(raw, RawArticle):
                return extract_with_removed(raw, limits, clean.skip_repairs).removed
    return ()


def _config(file: str, folder: str, config_path: Path | None, steps: Sequence[str] | None) -> Config:
    plain = load_config(config_path).model_dump(mode="json") if config_path else {"source": {"articles": {}}}
    plain["source"]["articles"]["paths"] = [file]
    plain["output"] = plain.get("output", {}) | {"path": folder}
    if steps is not None:
        plain["enrich"] = [{"use": step} for step in steps]
    return parse_config(plain, str(config_path or "inspect"))


def print_inspection(console: Console, inspection: Inspection) -> None:
    """Print what became of one input."""
    if inspection.row is None:
        assert inspection.lost is not None
        lost = inspection.lost
        console.print(f"[bold red]{lost.outcome}[/]: {lost.reason}: {lost.detail or ''}", highlight=False)
        return
    row = inspection.row
    console.print(_field_table(row))
    console.print()
    console.print(_marked_text(row))
    console.print()
    if inspection.removed:
        console.print(_removed_table(inspection.removed))
        console.print()
    console.print(_entity_table(row))
    if row["quotes"]:
        console.print(_quote_table(row))
    console.print(_topic_table(row))
    for error in row["errors"]:
        console.print(f"{error['step']}: {error['code']}: {error['message']}", style="yellow", highlight=False)


def _field_table(row: Row) -> Table:
    sources = {entry["field"]: entry["source"] for entry in row["provenance"]}
    table = Table(title="record", title_justify="left")
    for name in ("field", "value", "from"):
        table.add_column(name, overflow="fold")
    for name, value in to_plain(row).items():
        if name not in _OWN_PLACE and value not in (None, []):
            table.add_row(name, Text(str(value)), sources.get(name, ""))
    steps = ", ".join(f"{model['step']}: {model['name']} {model['version']}" for model in row["models"])
    table.add_row("models", steps)
    return table


def _marked_text(row: Row) -> Text:
    text = Text(row["text"])
    for entity in row["entities"]:
        for mention in entity["mentions"]:
            text.stylize(ENTITY_STYLES.get(entity["type"], "bold yellow"), mention["start_char"], mention["end_char"])
    return text


def _removed_table(removed: Sequence[Removed]) -> Table:
    table = Table("repair", "line", title="removed from the text", title_justify="left")
    for each in removed:
        table.add_row(each.repair, Text(each.text))
    return table


def _entity_table(row: Row) -> Table:
    table = Table("entity", "type", "country", "salience", "count", title="entities", title_justify="left")
    for entity in sorted(row["entities"], key=lambda entity: -entity["salience"]):
        country, salience = entity["country"] or "", f"{entity['salience']:.2f}"
        table.add_row(Text(entity["name"]), entity["type"], country, salience, str(entity["count"]))
    return table


def _quote_table(row: Row) -> Table:
    table = Table("quote", "speaker", title="quotes", title_justify="left")
    for quote in row["quotes"]:
        table.add_row(Text(quote["text"]), Text(quote["speaker_entity"] or ""))
    return table


def _topic_table(row: Row) -> Table:
    table = Table("topic", "code", "score", "evidence", title="topics", title_justify="left")
    for topic in row["topics"]:
        table.add_row(topic["label"], topic["code"], f"{topic['score']:.2f}", ", ".join(topic["evidence"]))
    return table
