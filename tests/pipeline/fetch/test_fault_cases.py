"""Runs some cases of the development data's fault server through the fetcher; skipped where that is not to be had."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.fetch import Failed, Fetched, Fetcher, FetchSettings, Outcome, Request

FAULTS = Path(__file__).parents[4] / "shared" / "eval" / "faults"
# Reasons that are not for the fetcher to find: it gives these pages to the next step.
LATER = {"no_article_text", "too_deep"}

pytestmark = pytest.mark.skipif(not (FAULTS / "cases.json").exists(), reason="needs the development data")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Run the fault server and return its address."""
    command = [sys.executable, str(FAULTS / "fault_server.py"), "--max-seconds", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["base"]
        process.terminate()


def wrong(case: dict[str, Any], outcome: Outcome) -> str | None:
    """Return what is wrong with the outcome of a case."""
    reasons = set(case.get("reasons", ()))
    if isinstance(outcome, Failed):
        is_right = outcome.reason in reasons and case.get("retryable", outcome.is_retryable) is outcome.is_retryable
    else:
        is_right = isinstance(outcome, Fetched) and bool("records" in case["outcomes"] or reasons & LATER)
    return None if is_right else f"{case['id']}: {outcome}"


@pytest.mark.parametrize("section", ["status.", "redirect.", "body.c", "body.e", "gzip.", "content."])
def test_cases_of_the_fault_server(base: str, section: str) -> None:
    """Articles of a section end as the manifest says."""
    cases = {case["id"]: case for case in json.loads((FAULTS / "cases.json").read_text(encoding="utf-8"))["cases"]}
    chosen = FetchSettings(
        seconds_between_requests=0,
        max_crawl_delay=0,
        page_seconds=5,
        allow_private_hosts=(base.removeprefix("http://"),),
    )
    with Fetcher(chosen) as fetcher:
        for case in cases.values():
            if case["id"].startswith(section) and case["kind"] == "article":
                fetcher.submit(Request(url=base + case["path"], purpose="page", key=case["id"]))
        problems = [wrong(cases[str(request.key)], outcome) for request, outcome in fetcher.results()]
    assert problems
    assert not list(filter(None, problems))
