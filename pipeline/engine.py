"""Pipelines on Beam's engines: made from a job's `run` section, and waited for until they end or are stopped."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config import Run
from pipeline.flink import FlinkCluster
from transforms.errors import ConfigError, RunError

logger = logging.getLogger(__name__)

_GOOD_ENDS: Final = frozenset({None, "DONE", "CANCELLED", "FINISHED", "CANCELED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One job's place on an engine.

    Attributes:
        run: which engine, and its options.
        name: of the job there.
        is_stream: whether it has no end.
    """

    run: Run
    name: str
    is_stream: bool = False

    @property
    def cluster(self) -> FlinkCluster | None:
        """The Flink cluster that it runs on, None for other engines and for a Flink inside the job server."""
        flink = self.run.flink
        return FlinkCluster(flink.master) if flink is not None and flink.is_cluster else None

    def new_pipeline(self) -> beam.Pipeline:
        """Return an empty pipeline.

        Raises:
            ConfigError: there is no such engine or job server, or an option is refused.
        """
        flink = self.run.flink
        if flink is not None and not flink.job_server_jar.is_file():
            raise ConfigError(f"run.flink.job_server_jar: {flink.job_server_jar}: no such file")
        options = [
            f"--job_name={self.name}",
            *(["--streaming"] if self.is_stream else []),
            *self.run.engine_options(self.is_stream),
        ]
        try:
            return beam.Pipeline(runner=self.run.runner, options=PipelineOptions(options))
        except (ValueError, AttributeError, ImportError) as error:
            raise ConfigError(f"run.runner: {self.run.runner}: {error}") from error

    def attach(self) -> bool:
        """Wait for the end of the job if it runs already, after the death of what submitted it; say whether it did.

        Raises:
            ConfigError: the cluster does not answer.
            RunError: the job failed.
        """
        job = self.cluster and self.cluster.find(self.name)
        if not job:
            return False
        assert self.cluster is not None
        logger.warning("%s runs on %s already, with its options of then: attached", self.name, self.cluster.url)
        with self._stopped_by_errors(None):
            self._require_good_end(self.cluster.await_end(job))
        return True

    def end_left_over(self) -> None:
        """End the job if it still runs, after the death of what submitted it.

        Raises:
            ConfigError: the cluster does not answer.
        """
        if self.cluster is None or (job := self.cluster.find(self.name)) is None:
            return
        logger.warning("%s was left running on %s: ended, and begun anew", self.name, self.cluster.url)
        self.cluster.cancel(job)
        self.cluster.await_end(job)

    def run_pipeline(self, pipeline: beam.Pipeline) -> Any:  # noqa: ANN401 - the runner's PipelineResult
        """Run a pipeline to its end and return its result; what interrupts this ends the pipeline too.

        Raises:
            RunError: the engine reports that the pipeline failed.
        """
        result = None
        try:
            result = pipeline.run()
            with self._stopped_by_errors(result):
                state = result.wait_until_finish()
        except RuntimeError as error:  # Beam's word for a pipeline that failed, or was cancelled on Flink
            if self.cluster is not None and self.cluster.is_cancelled(self.name):
                return result
            raise RunError(f"{self.run.runner}: {str(error).splitlines()[0]}; run the same command to go on") from error
        self._require_good_end(state)
        return result

    def _require_good_end(self, state: str | None) -> None:
        if state not in _GOOD_ENDS:
            raise RunError(f"{self.run.runner} ended in the state {state}; see its log")

    @contextlib.contextmanager
    def _stopped_by_errors(self, result: Any) -> Iterator[None]:  # noqa: ANN401 - the runner's PipelineResult
        """While entered, what is raised ends the job.

        Ctrl-C reaches Beam's job server as well, and leaves nobody there to ask; so a cluster is asked directly.
        """
        with contextlib.ExitStack() as undo:
            undo.callback(self._stop, result)
            yield
            undo.pop_all()

    def _stop(self, result: Any) -> None:  # noqa: ANN401 - the runner's PipelineResult
        if self.cluster is not None:
            self._cancel_on(self.cluster)
        elif result is not None:
            try:
                result.cancel()
            except (RuntimeError, grpc.RpcError) as error:
                logger.warning("%s could not be asked to stop, it may be gone already: %s", self.run.runner, error)

    def _cancel_on(self, cluster: FlinkCluster) -> None:
        try:
            if job := cluster.find(self.name):
                cluster.cancel(job)
        except (OSError, ConfigError) as error:
            logger.error("%s may still run on %s: %s", self.name, cluster.url, error)
