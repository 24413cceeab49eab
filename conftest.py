"""Names that doctests use, in whatever order files are collected."""

from collections.abc import Callable

import pytest

from tests.conftest import make_article


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, Callable[..., object]]) -> None:
    doctest_namespace["make_article"] = make_article


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the expected results of golden pages anew."""
    parser.addoption("--write-golden", action="store_true", help="write tests/data/pages/*.json anew; read the diff")
