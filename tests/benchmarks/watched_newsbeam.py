"""newsbeam's command line, its workers watched: how much CPU time extraction and entities take while a run goes on.

    python -m tests.benchmarks.watched_newsbeam SECONDS ARGUMENTS...

Each worker appends the seconds of each call to the file SECONDS, a line each. They belong to the same minute as the
run's wall seconds: a machine that is faster in one minute than in the next does not change their ratio.
"""

import functools
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from pipeline.cli import main


def _watch(module: Any, name: str, seconds: int) -> None:  # noqa: ANN401 - modules have no type of their own
    """Put a function that notes its seconds in the place of a module's function."""
    function: Callable[..., Any] = getattr(module, name)

    @functools.wraps(function)
    def watched(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the function takes
        started = time.thread_time()
        try:
            return function(*args, **options)
        finally:
            os.write(seconds, b"%.6f\n" % (time.thread_time() - started))

    setattr(module, name, watched)


def _watch_worker(seconds: int) -> None:
    from transforms.entities import tag
    from transforms.extract import transform

    _watch(transform, "article_with_entry", seconds)
    _watch(tag, "tag_entities", seconds)


if __name__ == "__main__":
    appended = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.register_at_fork(after_in_child=functools.partial(_watch_worker, appended))
    main()
