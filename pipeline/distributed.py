"""The same graph on another of Beam's engines: one pipeline for all shards, committed by the launcher."""

from pathlib import Path
from typing import Final

import apache_beam as beam

from pipeline.build import Staging, build
from pipeline.engine import Engine
from pipeline.output import write_json
from pipeline.plan import Plan
from pipeline.shard_run import DONE_SUFFIX, read_counters

NAME: Final = "engine"
ARTICLES_PER_BUCKET: Final = 2_000


def run_on_engine(plan: Plan, folder: Path) -> None:
    """Run the job's graph on `run.runner` and mark it done. All workers must see `folder` and the inputs.

    Raises:
        ConfigError: there is no such runner, or its cluster does not answer.
        RunError: the engine reports that the pipeline failed.
    """
    done = folder / f"{NAME}{DONE_SUFFIX}"
    if done.exists():
        return
    staging = Staging(
        folder=str(folder.resolve()),
        name=NAME,
        run_id=plan.run_id,
        buckets=1 + plan.inputs // ARTICLES_PER_BUCKET,
        attempts=plan.attempts,
    )
    engine = Engine(run=plan.config.run, name=f"newsbeam-{plan.run_id}")
    engine.end_left_over()
    pipeline = engine.new_pipeline()
    spans = [span for shard in plan.shards for span in shard.spans]
    build(pipeline | "Spans" >> beam.Create(spans, reshuffle=True), plan.config, staging)
    result = engine.run_pipeline(pipeline)
    write_json(done, {"counters": read_counters(result)})
