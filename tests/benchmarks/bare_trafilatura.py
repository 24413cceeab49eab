"""trafilatura alone, as newsbeam's users would call it: reads paths of pages, writes the CPU seconds of each.

Nothing of newsbeam is imported here: it would quicken trafilatura for the whole process.
"""

import gzip
import logging
import sys
import time
from pathlib import Path

import trafilatura


def read_page(path: Path) -> bytes:
    """Return a stored page."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def main() -> None:
    """Answer until the input ends."""
    logging.disable(logging.CRITICAL)  # trafilatura reports each page that it discards
    for line in sys.stdin:
        page = read_page(Path(line.rstrip("\n")))
        started = time.process_time()
        trafilatura.bare_extraction(page, with_metadata=True)
        print(time.process_time() - started, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
