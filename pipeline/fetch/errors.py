"""The one error of fetching."""

from transforms.errors import ArticleError


class FetchError(ArticleError):
    """An address could not be fetched; `reason` says why, `detail` has no credentials. It becomes an outcome."""
