"""JSON Lines: one article a line, `.jsonl` or `.ndjson`, also gzipped."""

import codecs
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from pipeline.sources.columns import COLUMNS, article_from_values
from pipeline.sources.cutting import Place, cut_spans
from pipeline.sources.files import PIECE_BYTES, GunzipReader, buffered, is_gzipped, open_file
from pipeline.sources.listing import FoundFile
from pipeline.sources.spans import Columns, Limits, Outcome, Span, dead_letter
from transforms.errors import ArticleError, Reason

ESCAPED_BYTES: Final = 4
"""How much longer than the article its line may be: escapes make text longer, and there are other columns."""


class Line(NamedTuple):
    """One line of a file.

    Attributes:
        number: from 0.
        size_bytes: with its end.
        content: its bytes, None if there are more than the limit.
        is_blank: whether there is nothing but white space.
    """

    number: int
    size_bytes: int
    content: bytes | None
    is_blank: bool


def read_lines(stream: BinaryIO | io.BufferedReader, number: int, max_bytes: int) -> Iterator[Line]:
    """Yield the lines of `stream`, the first of which is line `number`; never holds more than `max_bytes` of one."""
    for line_number in itertools.count(number):
        content = piece = stream.readline(max_bytes)
        if not piece:
            return
        size_bytes = len(piece)
        content = content.removeprefix(codecs.BOM_UTF8)  # on any line: files are joined with `cat`
        is_blank = not content or content.isspace()
        is_cut = False
        while not piece.endswith(b"\n") and (piece := stream.readline(PIECE_BYTES)):
            size_bytes += len(piece)
            is_blank = is_blank and piece.isspace()
            is_cut = True
        yield Line(line_number, size_bytes, None if is_cut else content, is_blank)


def plan_jsonl(file: FoundFile, max_articles: int, max_bytes: int) -> list[Span]:
    """Cut a file into spans; blank lines keep their number but are no inputs."""
    with open_file(file.uri) as stored:
        if not is_gzipped(file.uri):
            return cut_spans(file, _find_lines(stored), max_articles, max_bytes)
        # A line of a gzipped file is reached by inflating all lines before it.
        places = (place._replace(start=0) for place in _find_lines(buffered(GunzipReader(stored))))
        return cut_spans(file, places, max_articles, max_bytes)


def _find_lines(stream: BinaryIO | io.BufferedReader) -> Iterator[Place]:
    """Yield the place of each line that is an input; what follows damage is one input."""
    start = number = 0
    try:
        for line in read_lines(stream, 0, PIECE_BYTES):
            if not line.is_blank:
                yield Place(line.number, start, line.size_bytes)
            start += line.size_bytes
            number = line.number + 1
    except ArticleError:
        yield Place(number, start, 0)


def read_jsonl(span: Span, columns: Columns, limits: Limits) -> Iterator[Outcome]:
    """Yield the article of each line from the start of `span` on, or why it can't be used."""
    with open_file(span.uri) as stored:
        if is_gzipped(span.uri):
            stream: BinaryIO | io.BufferedReader = buffered(GunzipReader(stored))
            number = 0
        else:
            stored.seek(span.start)
            stream = stored
            number = max(span.first_offset, 0)
        try:
            for line in read_lines(stream, number, ESCAPED_BYTES * limits.max_article_bytes):
                number = line.number + 1
                if line.number >= span.first_offset and not line.is_blank:
                    yield _read_line(line, columns, span, limits)
        except ArticleError as error:
            yield dead_letter(span, number, error.reason, error.detail)


def _read_line(line: Line, columns: Columns, span: Span, limits: Limits) -> Outcome:
    if line.content is None:
        detail = f"a line of {line.size_bytes} bytes; an article may have {limits.max_article_bytes}"
        return dead_letter(span, line.number, Reason.TOO_LARGE, detail)
    try:
        record = parse_record(line.content)
    except ArticleError as error:
        return dead_letter(span, line.number, error.reason, error.detail)
    values = {name: record.get(columns.get(name, name)) for name in COLUMNS}
    return article_from_values(values, columns, span, line.number, limits)


def parse_record(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds.

    Raises:
        ArticleError: `bad_json` if it is not a JSON object in UTF-8.
    """
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not JSON, or an endless number
        raise ArticleError(Reason.BAD_JSON, str(error)) from error
    if not isinstance(record, dict):
        raise ArticleError(Reason.BAD_JSON, f"a JSON object is expected, not {type(record).__name__}")
    return record
