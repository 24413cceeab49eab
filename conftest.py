"""Names that doctests use, in whatever order files are collected."""

import importlib.util
from collections.abc import Callable

import pytest

from tests.conftest import make_article

# Its imports are the extra `hf`.
collect_ignore = [] if importlib.util.find_spec("onnxruntime") else ["transforms/topics/huggingface.py"]


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, Callable[..., object]]) -> None:
    doctest_namespace["make_article"] = make_article


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add newsbeam's own options."""
    parser.addoption("--write-golden", action="store_true", help="write tests/data/pages/*.json anew; read the diff")
    parser.addoption("--kills", type=int, default=4, help="how often whole runs are killed at random moments")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `kill_number` as often as `--kills` says."""
    if "kill_number" in metafunc.fixturenames:
        metafunc.parametrize("kill_number", range(metafunc.config.getoption("--kills")))
