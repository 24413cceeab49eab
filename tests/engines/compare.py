"""Runs a job on Prism and by newsbeam's own workers, and compares: python -m tests.engines.compare JOB FOLDER."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


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


def main() -> None:
    """Run both and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prism", required=True, help="path of the engine")
    options = parser.parse_args()
    ours, prism = options.folder / "own-workers", options.folder / "prism"
    rows = run(options.job, ours)
    engine = ("--runner", "PrismRunner", "--set", f'run.options=["--prism_location={options.prism}"]')
    is_same = run(options.job, prism, *engine) == rows and read_counts(ours) == read_counts(prism)
    print(f"{len(rows)} articles, {'the same' if is_same else 'NOT the same'} on Prism")  # noqa: T201 - a command
    sys.exit(not is_same)


if __name__ == "__main__":
    main()
