"""The one error of fetching: no usable answer, with its reason."""

from transforms.errors import MAX_DETAIL_CHARS, NewsbeamError, Reason


class FetchError(NewsbeamError):
    """An address could not be fetched.

    Attributes:
        reason: out of the closed list.
        detail: the cause for people, cut at 200 characters, without credentials.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail[:MAX_DETAIL_CHARS]
        super().__init__(reason, self.detail)

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"
