"""A Flink cluster as its REST API shows it: what runs there, and how to end it.

Beam's job server only submits. If it dies, or newsbeam does, the job goes on; this is how it is found again.
The API: https://nightlies.apache.org/flink/flink-docs-stable/docs/ops/rest_api/
"""

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any, Final

from transforms.errors import ConfigError

ENDED: Final = frozenset({"FINISHED", "FAILED", "CANCELED", "SUSPENDED"})
_TIMEOUT_SECONDS: Final = 10
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class FlinkCluster:
    """A cluster.

    Attributes:
        master: address of the REST API of its JobManager, `host:port` or with a scheme.
    """

    master: str

    @property
    def url(self) -> str:
        """The address with a scheme."""
        return self.master if "://" in self.master else f"http://{self.master}"

    def find(self, name: str) -> str | None:
        """Return the id of the job of that name that has not ended, None if there is none.

        Raises:
            ConfigError: nobody answers there.
        """
        return next((job["jid"] for job in self._jobs(name) if job["state"] not in ENDED), None)

    def is_cancelled(self, name: str) -> bool:
        """Whether the last job of that name was cancelled, by whomever; raises ConfigError if nobody answers."""
        jobs = sorted(self._jobs(name), key=_start_of)
        return bool(jobs) and jobs[-1]["state"] == "CANCELED"

    def cancel(self, job: str) -> None:
        """Ask for the end of a job; raises OSError if nobody answers."""
        self._ask("PATCH", f"/jobs/{job}?mode=cancel")

    def await_end(self, job: str) -> str:
        """Return the state in which a job ends, once it has; raises OSError if nobody answers any more."""
        while (state := self._ask("GET", f"/jobs/{job}")["state"]) not in ENDED:
            time.sleep(_LOOK_SECONDS)
        return str(state)

    def _jobs(self, name: str) -> list[dict[str, Any]]:
        try:
            jobs = self._ask("GET", "/jobs/overview")["jobs"]
        except (OSError, ValueError) as error:
            raise ConfigError(f"run.flink.master: no Flink answers at {self.url}: {error}") from error
        return [job for job in jobs if job["name"] == name]

    def _ask(self, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            return json.load(answer)


def _start_of(job: dict[str, Any]) -> int:
    return int(job["start-time"])
