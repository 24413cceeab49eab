"""Fetches many addresses: many domains at once, each at its own pace, robots.txt first."""

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Final, Self

from pipeline.fetch.client import MAX_ROBOTS_BYTES, Client
from pipeline.fetch.dialer import Dialer, Resolver, look_up
from pipeline.fetch.errors import FetchError
from pipeline.fetch.jobs import Follow, Job, Step, Wait, judge_answer, judge_error
from pipeline.fetch.outcomes import Disallowed, Failed, Fetched, Outcome, Redirect, Request
from pipeline.fetch.pacing import Pacer
from pipeline.fetch.robots import RobotsCache, RobotsRules, decode_rules
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.strikes import Strikes
from pipeline.fetch.urls import parse_target, strip_credentials
from transforms.errors import Reason

_CLOSE_SECONDS: Final = 4.0
_UNREACHABLE_SECONDS: Final = 600.0
_MAX_UNREACHABLE: Final = 10_000
# RFC 9309, 2.3.1.2 and 2.3.1.3: these say that there is no robots.txt.
_NO_ROBOTS: Final = frozenset({Reason.TOO_MANY_REDIRECTS, Reason.REDIRECT_LOOP, Reason.BAD_REDIRECT, Reason.EMPTY_BODY})


class Fetcher:
    """Fetches what is submitted, in threads of this process; one fetcher serves a whole run, so that its pace holds.

    The consumer may submit more while it takes results:

        with Fetcher(settings) as fetcher:
            fetcher.submit(Request(url="https://example.org/feed.xml", purpose="feed"))
            for request, outcome in fetcher.results():
                ...

    A request ends in exactly one outcome. When the consumer is slow, no new requests are started.

    Args:
        settings: how to fetch.
        robots: rules that are known already; new ones are added.
        resolve: looks up a name.
        pauses: domains that asked for a pause in an earlier run, and when it ends; `pauses` gave them.
    """

    def __init__(
        self,
        settings: FetchSettings,
        robots: RobotsCache | None = None,
        resolve: Resolver = look_up,
        pauses: Mapping[str, datetime] = MappingProxyType({}),
    ) -> None:
        self._settings = settings
        self._robots = robots if robots is not None else RobotsCache()
        self._dialer = Dialer(settings.allow_private_hosts, resolve)
        self._client = Client(settings, self._dialer)
        in_flight = 1 if settings.seconds_between_requests > 0 else settings.max_unpaced_requests
        self._pacer: Pacer[Job] = Pacer(settings.seconds_between_requests, in_flight)
        self._strikes = Strikes(pauses)
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._has_outcome = threading.Condition(self._lock)
        self._outcomes: deque[tuple[Request, Outcome]] = deque()
        self._max_outcomes = 2 * settings.max_connections
        self._waiting: dict[str, list[Job]] = {}
        self._unreachable: dict[str, tuple[float, Failed]] = {}
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._unfinished = 0
        self._error: BaseException | None = None
        self._is_closed = False

    def submit(self, request: Request) -> None:
        """Queue a request.

        Raises:
            RuntimeError: the fetcher is closed.
        """
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the fetcher is closed")
            self._unfinished += 1
            url = strip_credentials(request.url)
            try:
                target = parse_target(request.url)
            except FetchError as error:
                self._finish(request, _refused(url, error))
                return
            seconds = self._settings.page_seconds if request.purpose == "page" else self._settings.feed_seconds
            job = Job(url=url, purpose=request.purpose, target=target, seconds_left=seconds, request=request)
            self._enqueue(job)

    def results(self) -> Iterator[tuple[Request, Outcome]]:
        """Yield each request with its outcome as it comes, until nothing is left to do.

        Raises:
            BaseException: whatever went wrong in a thread; a defect, never a server's fault.
        """
        while True:
            with self._lock:
                while not self._outcomes and self._unfinished and not self._error and not self._is_closed:
                    self._has_outcome.wait()
                if self._error is not None:
                    raise self._error
                if not self._outcomes:
                    return
                request, outcome = self._outcomes.popleft()
                self._unfinished -= 1
                if len(self._outcomes) == self._max_outcomes - 1:
                    self._has_work.notify_all()
            yield request, outcome
            del request, outcome  # the body goes when the consumer lets go of it

    def pauses(self) -> dict[str, datetime]:
        """Return the domains that are left alone as long as they asked for, and when that ends."""
        with self._lock:
            return self._strikes.pauses()

    def close(self) -> None:
        """Drop what is queued, end all connections and threads; returns within 5 seconds."""
        with self._lock:
            self._is_closed = True
            self._has_work.notify_all()
            self._has_outcome.notify_all()
        self._dialer.close()
        give_up_at = time.monotonic() + _CLOSE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # From here on `_lock` is held, but for `_work` and `_advance`.

    def _enqueue(self, job: Job, not_before: float | None = None) -> None:
        """Give a job its next place: in the queue of its domain, behind its robots.txt, or among the outcomes."""
        try:
            self._dialer.check(job.target)
        except FetchError as error:
            self._settle(job, job.fail(error.reason, error.detail))
            return
        if (failure := self._strikes.failure(job.target.pace_key)) is not None:
            self._settle(job, _after("the domain is left alone", job, failure))
            return
        crawl_delay = 0.0
        if job.purpose == "page" or (job.purpose == "feed" and self._settings.robots_for_feeds):
            rules = self._robots.get(job.target.origin, datetime.now(UTC))
            if rules is None:
                self._await_robots(job)
                return
            if not rules.allows(job.target.url, self._settings.robots_name):
                forbidden = Disallowed(
                    url=job.url, forbidden_url=job.target.url, robots_url=rules.url, redirects=job.redirects
                )
                self._settle(job, forbidden)
                return
            crawl_delay = min(self._settings.max_crawl_delay, rules.crawl_delay(self._settings.robots_name))
        self._pacer.add(job.target.pace_key, job, not_before, is_first=job.purpose == "robots")
        self._pacer.slow_down(job.target.pace_key, crawl_delay)
        self._call_worker()

    def _await_robots(self, job: Job) -> None:
        """Park a job until the robots.txt of its origin is there, which is asked for once."""
        origin = job.target.origin
        until, failure = self._unreachable.get(origin, (0.0, None))
        if failure is not None and until > time.monotonic():
            self._settle(job, _after("robots.txt", job, failure))
            return
        if origin in self._waiting:
            self._waiting[origin].append(job)
            return
        self._waiting[origin] = [job]
        target = parse_target(f"{origin}/robots.txt")
        seconds = self._settings.feed_seconds
        self._enqueue(Job(url=target.url, purpose="robots", target=target, seconds_left=seconds, robots_of=origin))

    def _call_worker(self) -> None:
        """See to it that somebody waits for the next turn."""
        if self._idle:
            self._has_work.notify()
        elif len(self._threads) < self._settings.max_connections and self._pacer.next_time() is not None:
            thread = threading.Thread(target=self._work, name="newsbeam-fetch", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        """Take turns until the fetcher is closed; what a thread runs."""
        try:
            while (job := self._take()) is not None:
                self._advance(job)
                del job
        except BaseException as error:  # noqa: BLE001 - handed to the consumer
            with self._lock:
                self._error = error
                self._has_outcome.notify_all()

    def _take(self) -> Job | None:
        """Wait for the next turn; None when the fetcher is closed."""
        with self._lock:
            while not self._is_closed:
                now = time.monotonic()
                # Bodies that nobody has taken yet are kept: a slow consumer must not be swamped with them.
                is_full = len(self._outcomes) >= self._max_outcomes
                job = None if is_full else self._pacer.pop(now)
                if job is not None:
                    self._call_worker()
                    return job
                when = None if is_full else self._pacer.next_time()
                self._idle += 1
                self._has_work.wait(None if when is None else when - now)
                self._idle -= 1
        return None

    def _advance(self, job: Job) -> None:
        """Send a job's next request and decide what follows."""
        started, key = time.monotonic(), job.target.pace_key
        job.tries, job.status = job.tries + 1, None
        step: Step

        def on_sent() -> None:
            with self._lock:
                self._pacer.note_sent(key, time.monotonic())

        try:
            answer = self._client.ask(job.target, job.purpose, job.seconds_left, job.headers(), on_sent)
            job.status = answer.status
            step = judge_answer(job, answer, self._settings, datetime.now(UTC))
        except FetchError as error:
            step = judge_error(job, error, self._settings)
        with self._lock:
            now = time.monotonic()
            job.seconds_left -= now - started
            if isinstance(step, Wait):
                self._enqueue(job, now + step.seconds)
                if step.is_for_domain:
                    self._pacer.hold(key, now + step.seconds)
            elif isinstance(step, Follow):
                job.redirects += (Redirect(status=step.status, url=step.target.url),)
                job.target = step.target
                self._enqueue(job)
            else:
                self._count_strike(key, step)
                self._settle(job, step)
            self._pacer.finish(key, now)
            self._call_worker()

    def _count_strike(self, key: str, outcome: Outcome) -> None:
        """Give up what is queued for a domain if this outcome was one failure too many."""
        self._strikes.count(key, outcome)
        if self._strikes.failure(key) is not None:
            for job in self._pacer.drain(key):
                self._enqueue(job)

    def _settle(self, job: Job, outcome: Outcome) -> None:
        """Hand over an outcome: to the consumer, or to those that wait for a robots.txt."""
        if job.request is not None:
            self._finish(job.request, outcome)
            return
        waiting = self._waiting.pop(job.robots_of)
        rules = _read_rules(job.robots_of, outcome)
        if rules is not None:
            self._robots.put(rules)
            for one in waiting:
                self._enqueue(one)
            return
        assert isinstance(outcome, Failed)
        if len(self._unreachable) >= _MAX_UNREACHABLE:
            self._unreachable.clear()
        self._unreachable[job.robots_of] = (time.monotonic() + _UNREACHABLE_SECONDS, outcome)
        for one in waiting:
            self._settle(one, _after("robots.txt", one, outcome))

    def _finish(self, request: Request, outcome: Outcome) -> None:
        self._outcomes.append((request, outcome))
        self._has_outcome.notify()


def _refused(url: str, error: FetchError) -> Failed:
    """Return the outcome of an address that was not even asked."""
    return Failed(
        url=url, reason=error.reason, detail=error.detail, not_before=None, status=None, redirects=(), tries=0
    )


def _read_rules(origin: str, outcome: Outcome) -> RobotsRules | None:
    """Return the rules that the outcome of a robots.txt stands for, None if it can't be reached, which forbids all."""
    now = datetime.now(UTC)
    if isinstance(outcome, Fetched):
        return RobotsRules(origin=origin, text=decode_rules(outcome.body.read(MAX_ROBOTS_BYTES)), fetched_at=now)
    assert isinstance(outcome, Failed)
    is_missing = outcome.reason.startswith("http_4") and outcome.reason != "http_429"
    if is_missing or outcome.reason in _NO_ROBOTS:
        return RobotsRules(origin=origin, text="", fetched_at=now)
    return None


def _after(why: str, job: Job, failure: Failed) -> Failed:
    """Return the outcome of a job that is not asked because another request failed."""
    return job.fail(failure.reason, f"{why}: {failure.detail}", failure.not_before)
