"""CPU time of `extract_article` beside trafilatura alone: `python -m tests.benchmarks.extraction [--pages FOLDER]`.

Both read the same pages, in turns page by page and each first on every other page, so that a busy machine slows them
alike. trafilatura is asked for its metadata too (`bare_extraction(with_metadata=True)`), in a process of its own, where
newsbeam has not quickened it. The first pages warm both up and are not counted. Told are the medians of the rounds, in
CPU milliseconds a page, and what each stage of newsbeam takes; `rest` is what is in no stage.
"""

import argparse
import contextlib
import json
import logging
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.bare_trafilatura import read_page
from transforms.errors import ArticleError
from transforms.extract import article
from transforms.records import RawArticle

STAGES: Final = {
    "decode": "decode_text",
    "parse": "parse_page",
    "facts": "read_facts",
    "metadata": "choose_metadata",
    "trafilatura": "find_lines",
    "strip": "strip_unseen",
    "blocks": "read_blocks",
    "draft": "start_draft",
    "repairs": "repair",
    "description": "_choose_description",
    "bylines": "_choose_authors",
    "date": "_choose_date",
    "images": "read_images",
    "flags": "flag_page",
    "record": "_to_article",
}
"""Functions of `transforms.extract.article` by the name of their stage."""

WARM_UP: Final = 10


def find_pages(folder: Path, every: int) -> list[Path]:
    """Return every n-th of the pages below a folder."""
    return [path for path in sorted(folder.rglob("*.htm*")) if path.is_file()][::every]


def extract_ours(page: bytes) -> None:
    """Run newsbeam; a page that it refuses costs what it costs."""
    try:
        article.extract_article(RawArticle(source_kind="html", source_uri="page", body=page, media_type="text/html"))
    except ArticleError:
        return


def seconds_of_ours(path: Path) -> float:
    """Return the CPU seconds that newsbeam takes for a page."""
    page = read_page(path)
    started = time.process_time()
    extract_ours(page)
    return time.process_time() - started


class Theirs:
    """trafilatura alone, in another process."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.bare_trafilatura"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds_of(self, path: Path) -> float:
        """Return the CPU seconds that trafilatura takes for a page."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(path, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def time_stages(spent: dict[str, float]) -> None:
    """Have each stage add its CPU seconds to `spent`, from now on."""
    for stage, name in STAGES.items():
        setattr(article, name, _timed(getattr(article, name), stage, spent))


def _timed(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the stage takes and gives
        started = time.process_time()
        try:
            found = function(*args, **options)
            return list(found) if stage == "flags" else found  # they are made as they are read
        finally:
            spent[stage] += time.process_time() - started

    return call


def measure(pages: list[Path], rounds: int, theirs: Theirs) -> dict[str, Any]:
    """Return CPU milliseconds a page of both, their ratio, and those of newsbeam's stages."""
    spent: dict[str, float] = defaultdict(float)
    time_stages(spent)
    for page in pages[:WARM_UP]:
        seconds_of_ours(page)
        theirs.seconds_of(page)
    spent.clear()
    totals: list[tuple[float, float]] = []
    for _ in range(rounds):
        ours: list[float] = []
        others: list[float] = []
        for number, page in enumerate(pages):
            turns = [(seconds_of_ours, ours), (theirs.seconds_of, others)]
            for measured, seconds in turns if number % 2 else reversed(turns):
                seconds.append(measured(page))
        totals.append((sum(ours), sum(others)))
    to_ms = 1000 / len(pages)
    stages = {stage: seconds / rounds * to_ms for stage, seconds in spent.items()}
    stages["rest"] = statistics.mean(mine for mine, _ in totals) * to_ms - sum(stages.values())
    return {
        "pages": len(pages),
        "newsbeam_ms": round(statistics.median(mine for mine, _ in totals) * to_ms, 2),
        "trafilatura_ms": round(statistics.median(other for _, other in totals) * to_ms, 2),
        "ratio": round(statistics.median(mine / other for mine, other in totals), 3),
        "stages_ms": {stage: round(ms, 2) for stage, ms in sorted(stages.items(), key=lambda item: -item[1])},
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.extraction", description=__doc__)
    parser.add_argument("--pages", type=Path, default=Path("configs/sample/pages"), help="folder of stored pages")
    parser.add_argument("--every", type=int, default=1, help="read every n-th page only")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # trafilatura reports each page that it discards
    with contextlib.closing(Theirs()) as theirs:
        print(json.dumps(measure(find_pages(options.pages, options.every), options.rounds, theirs)))  # noqa: T201


if __name__ == "__main__":
    main()
