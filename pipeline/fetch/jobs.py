"""A request on its way: redirects followed, failures counted, and what an answer means for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline.fetch.client import REDIRECTS, Answer
from pipeline.fetch.content import parse_content_type
from pipeline.fetch.errors import FetchError
from pipeline.fetch.outcomes import (
    Failed,
    Fetched,
    NotModified,
    Outcome,
    Purpose,
    Redirect,
    Request,
    Validators,
)
from pipeline.fetch.retry import backoff_seconds, is_worth_a_retry, parse_retry_after
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.urls import Target, parse_target, show_url
from transforms.errors import Reason

_NO_VALIDATORS: Final = Validators()


@dataclass(slots=True, kw_only=True)
class Job:
    """A request between its first step and its outcome. Each step is one HTTP request.

    Attributes:
        url: the address asked for, without credentials.
        purpose: what the answer is for.
        target: whom to ask next.
        seconds_left: of the time limit; waiting for a turn doesn't count.
        request: what the outcome is given back with; None for a robots.txt.
        robots_of: the origin whose robots.txt this is, empty for others.
        redirects: those followed so far.
        tries: requests sent so far.
        failures: retryable failures so far.
        status: of the last answer.
    """

    url: str
    purpose: Purpose
    target: Target
    seconds_left: float
    request: Request | None = None
    robots_of: str = ""
    redirects: tuple[Redirect, ...] = ()
    tries: int = 0
    failures: int = 0
    status: int | None = None

    @property
    def validators(self) -> Validators:
        """Those that make the request conditional."""
        return (self.request.validators if self.request else None) or _NO_VALIDATORS

    def headers(self) -> dict[str, str]:
        """Return what this job adds to the usual headers of a request."""
        candidates = {
            "If-None-Match": self.validators.etag,
            "If-Modified-Since": self.validators.last_modified,
            # The operator's own feeds may hold a password; an address found in a feed or a redirect gets no such help.
            "Authorization": self.target.authorization if self.purpose == "feed" and not self.redirects else None,
        }
        return {name: value for name, value in candidates.items() if value}

    def fail(self, reason: Reason, detail: str, not_before: datetime | None = None) -> Failed:
        """Return the outcome of a failure."""
        return Failed(
            url=self.url,
            reason=reason,
            detail=detail,
            not_before=not_before,
            status=self.status,
            redirects=self.redirects,
            tries=self.tries,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Ask the same address again later.

    Attributes:
        seconds: from now.
        is_for_domain: whether the server asked for the pause, so that nothing of its domain is asked meanwhile.
    """

    seconds: float
    is_for_domain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Ask another address: `target`, to which an answer with `status` redirects."""

    target: Target
    status: int


Step = Outcome | Wait | Follow


def judge_error(job: Job, error: FetchError, settings: FetchSettings) -> Failed | Wait:
    """Return what becomes of a job that got no usable answer."""
    job.failures += 1
    if is_worth_a_retry(error.reason) and job.failures < settings.max_tries and job.seconds_left > 0:
        return Wait(seconds=backoff_seconds(job.failures, settings.max_wait_seconds), is_for_domain=False)
    return job.fail(error.reason, error.detail)


def judge_answer(job: Job, answer: Answer, settings: FetchSettings, now: datetime) -> Step:
    """Return what becomes of a job that got an answer.

    Raises:
        FetchError: the answer is of no use.
    """
    if answer.body is not None:
        return _fetched(job, answer, now)
    if answer.status == 304:
        return _not_modified(job, answer, now)
    if answer.status in REDIRECTS:
        return _follow(job, answer, settings)
    if answer.is_challenge:
        return job.fail(Reason.BOT_CHALLENGE, f"status {answer.status} with a challenge to a browser")
    if answer.status == 410 and job.purpose == "feed":
        return job.fail(Reason.FEED_GONE, "status 410")
    reason = Reason(f"http_{answer.status}")
    if not is_worth_a_retry(reason):
        return job.fail(reason, f"status {answer.status}")
    return _wait_or_fail(job, answer, reason, settings, now)


def _fetched(job: Job, answer: Answer, now: datetime) -> Fetched:
    assert answer.body is not None
    media_type, charset = parse_content_type(answer.headers.get("content-type", ""))
    return Fetched(
        url=job.url,
        final_url=job.target.url,
        status=answer.status,
        body=answer.body,
        media_type=media_type,
        charset=charset,
        validators=answer.validators,
        redirects=job.redirects,
        fetched_at=now,
        tries=job.tries,
    )


def _not_modified(job: Job, answer: Answer, now: datetime) -> Outcome:
    if job.validators == _NO_VALIDATORS:
        return job.fail(Reason.UNEXPECTED_304, "not modified, though the request was not conditional")
    validators = Validators(
        etag=answer.validators.etag or job.validators.etag,
        last_modified=answer.validators.last_modified or job.validators.last_modified,
    )
    return NotModified(url=job.url, validators=validators, redirects=job.redirects, fetched_at=now, tries=job.tries)


def _follow(job: Job, answer: Answer, settings: FetchSettings) -> Follow:
    if not answer.location:
        raise FetchError(Reason.BAD_REDIRECT, f"status {answer.status} without an address")
    target = parse_target(answer.location, job.target.url)
    if target.url in {job.url, job.target.url, *(redirect.url for redirect in job.redirects)}:
        raise FetchError(Reason.REDIRECT_LOOP, f"led back to {show_url(target.url)}")
    if len(job.redirects) >= settings.max_redirects:
        raise FetchError(Reason.TOO_MANY_REDIRECTS, f"more than {settings.max_redirects}")
    return Follow(target=target, status=answer.status)


def _wait_or_fail(job: Job, answer: Answer, reason: Reason, settings: FetchSettings, now: datetime) -> Failed | Wait:
    """Return the wait that the server asks for, else one of our own; a failure if it is too long or one too many."""
    job.failures += 1
    asked = parse_retry_after(answer.headers.get("retry-after"), now)
    not_before = None if asked is None else now + timedelta(seconds=asked)
    if asked is not None and asked > settings.max_wait_seconds:
        detail = f"status {answer.status}: not before {asked:,.0f} seconds from now"
        return job.fail(Reason.RATE_LIMITED, detail, not_before)
    if job.failures >= settings.max_tries or job.seconds_left <= 0:
        return job.fail(reason, f"status {answer.status}, {job.failures} times", not_before)
    if asked is not None:
        return Wait(seconds=asked, is_for_domain=True)
    return Wait(seconds=backoff_seconds(job.failures, settings.max_wait_seconds), is_for_domain=False)
