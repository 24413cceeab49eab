"""Jobs on engines: found again, waited for and ended, whatever became of what submitted them."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest

from pipeline.config import Flink, Run
from pipeline.engine import Engine
from pipeline.flink import FlinkCluster
from pipeline.launch import Interrupted
from tests.servers import LoopbackServer, Reply, Seen
from transforms.errors import ConfigError, RunError


class Rest:
    """The part of Flink's REST API that is asked: jobs by id, each with a name, a state and a start."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.server = LoopbackServer({"/jobs/overview": self._overview})

    def add(self, job: str, *states: str, name: str = "newsbeam-news", start: int = 1) -> None:
        """Add a job that goes through states, one each time that it is looked at; it ends if it is cancelled."""
        self.jobs[job] = {"jid": job, "name": name, "state": states[0], "start-time": start}
        after = list(states)

        def answer(seen: Seen) -> Reply:
            if seen.method == "PATCH":
                self.jobs[job]["state"] = "CANCELLING"
                after[:] = ["CANCELLING", "CANCELED"]
                return _json({})
            self.jobs[job]["state"] = after.pop(0) if len(after) > 1 else after[0]
            return _json(self.jobs[job])

        self.server.routes[f"/jobs/{job}"] = answer

    def _overview(self, _: Seen) -> Reply:
        return _json({"jobs": list(self.jobs.values())})


def _json(content: Any) -> Reply:  # noqa: ANN401 - whatever JSON can say
    return Reply(body=json.dumps(content).encode(), content_type="application/json")


@pytest.fixture
def rest() -> Iterator[Rest]:
    """Serve the API on the loopback interface."""
    rest = Rest()
    with rest.server:
        yield rest


def engine_on(rest: Rest) -> Engine:
    """Return the place of the stream `news` on the cluster."""
    flink = Flink(master=rest.server.netloc, job_server_jar=Path("job-server.jar"))
    return Engine(run=Run(runner="FlinkRunner", flink=flink), name="newsbeam-news", is_stream=True)


class Submitted:
    """A pipeline that was handed to the engine, and ends by an error."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def run(self) -> "Submitted":
        """Return itself as the result."""
        return self

    def wait_until_finish(self) -> None:
        """Fail, or be interrupted."""
        raise self._error


def test_a_job_is_found_by_name_while_it_has_not_ended(rest: Rest) -> None:
    """Jobs that have ended and jobs of another name do not count."""
    rest.add("a", "CANCELED")
    rest.add("b", "RUNNING", name="another")
    assert FlinkCluster(rest.server.netloc).find("newsbeam-news") is None
    rest.add("c", "RESTARTING")
    assert FlinkCluster(rest.server.url("")).find("newsbeam-news") == "c"


def test_nobody_at_the_address_is_an_error_of_the_config() -> None:
    """It names the key and the address."""
    with LoopbackServer() as server:
        pass
    with pytest.raises(ConfigError, match=rf"run\.flink\.master: no Flink answers at http://{server.netloc}"):
        FlinkCluster(server.netloc).find("newsbeam-news")


def test_a_job_that_runs_already_is_waited_for(rest: Rest) -> None:
    """After the death of what submitted it, the same command attaches; with nothing there it does not."""
    assert not engine_on(rest).attach()
    rest.add("a", "RUNNING", "FINISHED")
    assert engine_on(rest).attach()
    rest.add("b", "RUNNING", "FAILED")
    with pytest.raises(RunError, match="FlinkRunner ended in the state FAILED"):
        engine_on(rest).attach()


def test_a_batch_that_was_left_running_is_ended(rest: Rest) -> None:
    """Its staged files would be written by two jobs at once."""
    engine_on(rest).end_left_over()
    rest.add("a", "RUNNING")
    engine_on(rest).end_left_over()
    assert ["PATCH", "GET", "GET"] == [seen.method for seen in rest.server.asked("/jobs/a")]


def test_a_signal_ends_the_job_on_the_cluster(rest: Rest) -> None:
    """Beam's job server may be gone then, so the cluster itself is asked."""
    rest.add("a", "RUNNING")
    pipeline: Any = Submitted(Interrupted(signal.SIGINT))
    with pytest.raises(Interrupted):
        engine_on(rest).run_pipeline(pipeline)
    assert rest.jobs["a"]["state"] == "CANCELLING"


def test_a_job_that_was_cancelled_on_the_cluster_ended_well(rest: Rest) -> None:
    """Beam calls it a failure; a job that failed by itself remains one."""
    pipeline: Any = Submitted(RuntimeError("Pipeline failed in state FAILED: JobCancellationException"))
    rest.add("a", "FAILED", start=1)
    with pytest.raises(RunError, match="run the same command to go on"):
        engine_on(rest).run_pipeline(pipeline)
    rest.add("b", "CANCELED", start=2)
    assert engine_on(rest).run_pipeline(pipeline) is pipeline


def test_the_section_becomes_options_of_beam() -> None:
    """Checkpoints are for streams; the config's own options come last, and win."""
    flink = Flink(
        master="host:1", job_server_jar=Path("j.jar"), parallelism=3, workers="localhost:5", restore="file:///chk-7"
    )
    run = Run(runner="FlinkRunner", flink=flink, options=("--parallelism=4",))
    batch = [
        "--flink_master=host:1",
        "--flink_job_server_jar=j.jar",
        "--parallelism=3",
        "--environment_type=EXTERNAL",
        "--environment_config=localhost:5",
    ]
    assert [*batch, "--parallelism=4"] == list(run.engine_options(is_stream=False))
    stream = run.engine_options(is_stream=True)
    assert {"--checkpointing_interval=30000", "--finish_bundle_before_checkpointing"} <= set(stream)
    assert "--savepoint_path=file:///chk-7" in stream


def test_a_flink_inside_the_job_server_has_no_cluster_to_ask() -> None:
    """`[local]` is Beam's word for it."""
    flink = Flink(master="[local]", job_server_jar=Path("j.jar"))
    assert Engine(run=Run(runner="FlinkRunner", flink=flink), name="n").cluster is None


def test_a_job_server_that_is_not_there_is_named(rest: Rest) -> None:
    """Before Beam looks for one elsewhere."""
    with pytest.raises(ConfigError, match=r"run\.flink\.job_server_jar: job-server\.jar: no such file"):
        engine_on(rest).new_pipeline()


def test_an_engine_that_is_not_known_is_refused() -> None:
    """The error names the key and the runner."""
    with pytest.raises(ConfigError, match=r"run\.runner: NoRunner"):
        Engine(run=Run(runner="NoRunner"), name="n").new_pipeline()


def test_other_engines_are_asked_to_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What interrupts the wait ends the pipeline by Beam's own means."""
    cancelled = []
    submitted: Any = Submitted(Interrupted(signal.SIGTERM))
    submitted.cancel = lambda: cancelled.append(True)
    pipeline = beam.Pipeline()
    monkeypatch.setattr(pipeline, "run", lambda: submitted)
    with pytest.raises(Interrupted):
        Engine(run=Run(runner="PrismRunner"), name="n").run_pipeline(pipeline)
    assert cancelled == [True]


def test_an_engine_that_is_gone_hides_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """That it can't be asked to stop is said, and what ended the wait is raised."""

    def cancel() -> None:
        raise RuntimeError("connection refused")

    submitted: Any = Submitted(Interrupted(signal.SIGTERM))
    submitted.cancel = cancel
    pipeline = beam.Pipeline()
    monkeypatch.setattr(pipeline, "run", lambda: submitted)
    with pytest.raises(Interrupted):
        Engine(run=Run(runner="PrismRunner"), name="n").run_pipeline(pipeline)
    assert "PrismRunner could not be asked to stop, it may be gone already: connection refused" in caplog.text
