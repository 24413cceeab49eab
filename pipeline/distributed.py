"""The same graph on another of Beam's engines: one pipeline for all shards, committed by the launcher."""

from pathlib import Path
from typing import Final

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.build import Staging, build
from pipeline.output import write_json
from pipeline.plan import Plan
from pipeline.shard_run import DONE_SUFFIX, read_counters
from transforms.errors import ConfigError, RunError

NAME: Final = "engine"
ARTICLES_PER_BUCKET: Final = 2_000


def run_on_engine(plan: Plan, folder: Path) -> None:
    """Run the job's graph on `run.runner` and mark it done. All workers must see `folder` and the inputs.

    Raises:
        ConfigError: there is no such runner.
        RunError: the engine reports that the pipeline failed.
    """
    done = folder / f"{NAME}{DONE_SUFFIX}"
    if done.exists():
        return
    run = plan.config.run
    staging = Staging(
        folder=str(folder.resolve()),
        name=NAME,
        run_id=plan.run_id,
        buckets=1 + plan.inputs // ARTICLES_PER_BUCKET,
        attempts=plan.attempts,
    )
    try:
        pipeline = beam.Pipeline(runner=run.runner, options=PipelineOptions(list(run.options)))
    except (ValueError, AttributeError, ImportError) as error:
        raise ConfigError(f"run.runner: {run.runner}: {error}") from error
    spans = [span for shard in plan.shards for span in shard.spans]
    build(pipeline | "Spans" >> beam.Create(spans, reshuffle=True), plan.config, staging)
    try:
        result = pipeline.run()
        state = result.wait_until_finish()
    except RuntimeError as error:  # Beam's word for a pipeline that failed
        raise RunError(f"{run.runner}: {str(error).splitlines()[0]}") from error
    if state not in {None, "DONE"}:
        raise RunError(f"{run.runner} ended in the state {state}; see its log")
    write_json(done, {"counters": read_counters(result)})
