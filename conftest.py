"""Names that doctests use, in whatever order files are collected."""

from collections.abc import Callable

import pytest

from tests.conftest import make_article


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, Callable[..., object]]) -> None:
    doctest_namespace["make_article"] = make_article
