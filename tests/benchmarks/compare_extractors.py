"""Compares newsbeam with other extractors on stored pages: `python -m tests.benchmarks.compare_extractors EVAL`.

EVAL is a folder with pages and a scorer (`score_articles.py`) as in newsbeam's evaluation kit. The other tools are
installed into an environment of their own (`--environment`), so that newsbeam's stays as it is; this takes minutes and
needs a package index; `--tools` names those to compare, all by default. Each tool writes one JSON line a page, which
the kit's scorer reads. CPU time is that of the tool's calls, one process each, one after the other. A tool reaches no
network while it runs: some of them ask for the page's pictures.
"""

import argparse
import gzip
import importlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final, NoReturn

PACKAGES: Final = {
    "trafilatura": "trafilatura==2.3.1",
    "newspaper4k": "newspaper4k",
    "news-please": "news-please",
    "goose3": "goose3",
    "readability-lxml": "readability-lxml",
    "magic-html": "magic-html",
    "resiliparse": "resiliparse",
}
SHARED_PACKAGES: Final = ("lxml_html_clean", "setuptools<80")
"""What some of them import and do not ask for."""

SETS: Final = ("fundus", "zyte", "trafilatura")

Extract = Callable[[bytes, str], dict[str, Any]]


def _trafilatura(page: bytes, url: str) -> dict[str, Any]:
    found = importlib.import_module("trafilatura").bare_extraction(page, with_metadata=True)
    return {
        "title": found.title,
        "description": found.description,
        "text": found.text,
        "authors": _names((found.author or "").split(";")),
        "published_at": found.date,
        "published_at_precision": "day",
    }


def _newspaper(page: bytes, url: str) -> dict[str, Any]:
    article = importlib.import_module("newspaper").Article(url, fetch_images=False)
    article.download(input_html=page.decode("utf-8", "replace"))
    article.parse()
    date = article.publish_date
    return {
        "title": article.title,
        "description": article.meta_description,
        "text": article.text,
        "authors": _names(article.authors),
        "published_at": date.isoformat() if date else None,
    }


def _news_please(page: bytes, url: str) -> dict[str, Any]:
    found = importlib.import_module("newsplease").NewsPlease.from_html(page.decode("utf-8", "replace"), url=url)
    return {
        "title": found.title,
        "description": found.description,
        "text": found.maintext,
        "authors": _names(found.authors or ()),
        "published_at": found.date_publish.isoformat() if found.date_publish else None,
    }


def _goose(page: bytes, url: str) -> dict[str, Any]:
    found = importlib.import_module("goose3").Goose().extract(raw_html=page.decode("utf-8", "replace"))
    date = found.publish_datetime_utc
    return {
        "title": found.title,
        "description": found.meta_description,
        "text": found.cleaned_text,
        "authors": _names(found.authors),
        "published_at": date.isoformat() if date else None,
    }


def _readability(page: bytes, url: str) -> dict[str, Any]:
    document = importlib.import_module("readability").Document(page.decode("utf-8", "replace"))
    return {"title": document.short_title(), "text": _lines_of(document.summary())}


def _magic_html(page: bytes, url: str) -> dict[str, Any]:
    extractor = importlib.import_module("magic_html").GeneralExtractor()
    found = extractor.extract(page.decode("utf-8", "replace"), base_url=url)
    return {"title": found.get("title"), "text": _lines_of(found["html"])}


def _resiliparse(page: bytes, url: str) -> dict[str, Any]:
    tree = importlib.import_module("resiliparse.parse.html").HTMLTree.parse_from_bytes(page)
    extract = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    return {"title": tree.title, "text": extract(tree, main_content=True, alt_texts=False, links=False)}


def _newsbeam(page: bytes, url: str) -> dict[str, Any]:
    raw_article = importlib.import_module("transforms.records").RawArticle
    extract = importlib.import_module("transforms.extract").extract_article
    raw = raw_article(source_kind="html", source_uri="page", media_type="text/html", body=page)
    article = extract(raw)
    return {
        "title": article.title,
        "description": article.description,
        "text": article.text,
        "authors": [{"name": author.name} for author in article.authors],
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "published_at_precision": article.published_at_precision,
    }


TOOLS: Final[dict[str, Extract]] = {
    "newsbeam": _newsbeam,
    "trafilatura": _trafilatura,
    "newspaper4k": _newspaper,
    "news-please": _news_please,
    "goose3": _goose,
    "readability-lxml": _readability,
    "magic-html": _magic_html,
    "resiliparse": _resiliparse,
}


def _names(names: Any) -> list[dict[str, str]]:  # noqa: ANN401 - whatever a tool gives
    return [{"name": name.strip()} for name in names if name and name.strip()]


def _lines_of(page: str) -> str:
    """Return the text of a cleaned page, one line a block."""
    html = importlib.import_module("lxml.html")
    tree = html.fromstring(page)
    for element in tree.iter("p", "div", "h1", "h2", "h3", "h4", "li", "br", "td", "blockquote"):
        element.tail = f"\n{element.tail or ''}"
    return str(tree.text_content())


def _refuse_network(*args: Any, **options: Any) -> NoReturn:  # noqa: ANN401 - whatever is asked for
    raise OSError("no network while tools are compared")


def run_tool(tool: str, pages: Path, output: Path) -> None:
    """Write what a tool makes of all pages, and print its CPU milliseconds a page and how often it raised."""
    socket.getaddrinfo = _refuse_network
    socket.socket.connect = _refuse_network  # type: ignore[method-assign]
    extract, failed, seconds, count = TOOLS[tool], 0, 0.0, 0
    with output.open("w", encoding="utf-8") as file:
        for path in (path for name in SETS for path in sorted((pages / name).iterdir())):
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            started = time.process_time()
            try:
                record = extract(body, "https://example.org/page")
            except Exception:  # noqa: BLE001 - what other tools raise is their affair; it is counted
                record, failed = {"text": ""}, failed + 1
            seconds += time.process_time() - started
            count += 1
            file.write(json.dumps(record | {"source_uri": path.name}, default=str) + "\n")
    print(json.dumps({"tool": tool, "cpu_ms": round(seconds / count * 1000, 1), "raised": failed}))  # noqa: T201


def _install(environment: Path, base: str, tools: Collection[str]) -> tuple[str, set[str]]:
    """Return the interpreter of an environment with these of the other tools, and which could be installed."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([base, "-m", "venv", str(environment)], check=True)
    install: list[str] = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, *SHARED_PACKAGES], check=True)
    wanted = {tool: package for tool, package in PACKAGES.items() if tool in tools}
    runs = {tool: subprocess.run([*install, package], check=False) for tool, package in wanted.items()}
    return str(python), {tool for tool, run in runs.items() if run.returncode == 0}


def compare(evaluation: Path, environment: Path, base: str, scratch: Path, tools: Collection[str]) -> None:
    """Run each of the tools in its interpreter and print its scores."""
    python, installed = _install(environment, base, tools)
    for tool in tools:
        if tool != "newsbeam" and tool not in installed:
            print(json.dumps({"tool": tool, "cpu_ms": None, "raised": "could not be installed"}))  # noqa: T201
            continue
        output = scratch / f"{tool}.jsonl"
        interpreter = sys.executable if tool == "newsbeam" else python
        options = ["--run", tool, "--output", str(output)]
        subprocess.run([interpreter, __file__, str(evaluation), *options], check=True, stderr=subprocess.DEVNULL)
        scorer = [sys.executable, str(evaluation / "score_articles.py"), str(output), "--json"]
        subprocess.run(scorer, check=True)


def main() -> None:
    """Compare, or run one tool as asked by the comparison."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.compare_extractors", description=__doc__)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--environment", type=Path, default=Path(".venv-extractors"))
    parser.add_argument("--python", default=sys.executable, help="of the environment; magic-html needs 3.12 or later")
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS), help="to compare")
    parser.add_argument("--run", choices=list(TOOLS), help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run_tool(options.run, options.evaluation / "pages", options.output)
        return
    with tempfile.TemporaryDirectory(prefix="newsbeam-compare-") as scratch:
        compare(options.evaluation, options.environment, options.python, Path(scratch), options.tools)


if __name__ == "__main__":
    main()
