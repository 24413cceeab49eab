"""Names that doctests use, in whatever order files are collected."""

import importlib.util
from collections.abc import Callable

import pytest

from tests.conftest import make_article

# Collected for its doctests it would be a second module, and Beam would find its filesystem twice.
collect_ignore = ["tests/memory_files.py"]
if importlib.util.find_spec("onnxruntime") is None:
    collect_ignore.append("transforms/topics/huggingface.py")  # its imports are the extra `hf`


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, Callable[..., object]]) -> None:
    doctest_namespace["make_article"] = make_article


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add newsbeam's own options."""
    parser.addoption("--write-golden", action="store_true", help="write tests/data/pages/*.json anew; read the diff")
    parser.addoption("--all-texts", action="store_true", help="compare the entity engines on all development texts")
    parser.addoption("--kills", type=int, default=4, help="how often whole runs are killed at random moments")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `kill_number` as often as `--kills` says."""
    if "kill_number" in metafunc.fixturenames:
        metafunc.parametrize("kill_number", range(metafunc.config.getoption("--kills")))
