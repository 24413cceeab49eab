"""Runs a job on an engine and by newsbeam's own workers, and compares: python -m tests.engines.compare JOB FOLDER."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from tests.engines.flink.cluster import Cluster

PARALLELISM: Final = 2
SPARK_OPENS: Final = (
    "java.lang",
    "java.lang.invoke",
    "java.net",
    "java.nio",
    "java.util",
    "sun.nio.ch",
    "sun.util.calendar",
)


def run(job: Path, output: Path, *more: str) -> list[dict[str, Any]]:
    """Run a job; return its rows, sorted, without what names the run."""
    newsbeam = str(Path(sys.executable).with_name("newsbeam"))
    subprocess.run([newsbeam, "run", str(job), "--set", f"output.path={output}", *more], check=True)
    rows = [row for path in output.glob("articles/**/*.parquet") for row in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: (row["id"], row["source_uri"], row["source_offset"]))


def read_counts(output: Path) -> list[dict[str, Any]]:
    """Return the counts of all runs of an output, but for those of stages: where a duplicate is found may differ."""
    manifests = [json.loads(path.read_bytes()) for path in sorted(output.glob("runs/*.json"))]
    return [{name: count for name, count in manifest["counts"].items() if name != "stages"} for manifest in manifests]


def on_prism(options: argparse.Namespace) -> dict[str, Any]:
    """Return the `run` section of a job for Prism."""
    return {"runner": "PrismRunner", "options": [f"--prism_location={options.prism}"]}


def on_spark(options: argparse.Namespace) -> dict[str, Any]:
    """Return the `run` section of a job for a Spark inside Beam's job server."""
    # Spark reflects on classes that Java 17 keeps closed.
    os.environ["JAVA_TOOL_OPTIONS"] = " ".join(
        [
            f"-Djava.io.tmpdir={options.folder.resolve()}",
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in SPARK_OPENS),
        ]
    )
    jar = f"--spark_job_server_jar={(options.spark / 'job-server.jar').resolve()}"
    return {"runner": "SparkRunner", "options": [jar, f"--spark_master_url=local[{PARALLELISM}]"]}


@contextlib.contextmanager
def engine(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Have an engine run; give its name and the `run` section of a job for it."""
    options.folder.mkdir(parents=True)
    if options.prism:
        yield "Prism", on_prism(options)
    elif options.spark:
        yield "Spark", on_spark(options)
    else:
        cluster = Cluster(options.folder / "cluster", options.flink)
        cluster.up()
        try:
            yield "Flink", {"runner": "FlinkRunner", "flink": cluster.section()}
        finally:
            cluster.down()


def main() -> None:
    """Run both and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", type=Path)
    parser.add_argument("folder", type=Path, help="must not be there yet")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--prism", help="path of Prism")
    which.add_argument("--flink", type=Path, help="folder of Flink, with lib/ and job-server.jar")
    which.add_argument("--spark", type=Path, help="folder of Spark's job-server.jar")
    options = parser.parse_args()
    with engine(options) as (name, section):
        rows = run(options.job, options.folder / "own-workers")
        theirs = run(options.job, options.folder / "engine", "--set", f"run={json.dumps(section)}")
    is_same = theirs == rows and read_counts(options.folder / "own-workers") == read_counts(options.folder / "engine")
    print(f"{len(rows)} articles, {'the same' if is_same else 'NOT the same'} on {name}")  # noqa: T201 - a command
    sys.exit(not is_same)


if __name__ == "__main__":
    main()
