"""Rows in an Apache Beam pipeline: its elements are RecordBatches, never rows.

with run_pipeline(beam_pipeline_args) as pipeline:
    _ = pipeline | ReadExamples(path, "train") | beam.Map(...) | WriteExamples(other_path, "train")
row_counts(pipeline)  # {"rows_read:train": 200, "rows_written:train": 200}
"""

import contextlib
import io
import logging
import re
import uuid
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics, MetricsFilter
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from argosy import errors
from argosy.errors import ArgosyError, ParameterError, StorageError, located
from argosy.examples.columns import refuse_nested
from argosy.examples.layout import shard_name, split_files, split_path
from argosy.examples.payload import PREFIXES, known_payload
from argosy.examples.progress import with_progress
from argosy.examples.read import BATCH_SIZE, known_rows, read_file
from argosy.examples.workers import run_with_workers
from argosy.examples.write import ExamplesWriter

_log = logging.getLogger("argosy.examples")

_NAMESPACE = "argosy"
_WHILE_RUNNING = re.compile(r"( \[while running '[^']*'\])+\s*$")
_IN_PROCESS = {"runner": "FnApiRunner", "direct_running_mode": "in_memory", "direct_num_workers": "1"}


class RecordBatchCoder(beam.coders.Coder):
    """Arrow's stream format. Pickle would carry the whole parent of a sliced batch along."""

    def encode(self, value: pa.RecordBatch) -> bytes:
        """Returns the batch with its schema."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, value.schema) as writer:
            writer.write_batch(value)
        return bytes(sink.getvalue())

    def decode(self, encoded: bytes) -> pa.RecordBatch:
        """Returns the batch of an encoded one."""
        with pa.ipc.open_stream(encoded) as reader:
            return reader.read_next_batch()

    def estimate_size(self, value: pa.RecordBatch) -> int:
        """Returns about how many bytes a batch takes; Beam asks for its own statistics, for which none is encoded."""
        return int(value.nbytes)

    def is_deterministic(self) -> bool:
        """Whether equal batches have equal bytes; two batches may be equal and differ in their buffers."""
        return False

    def to_type_hint(self) -> Any:
        """Returns the type that is encoded."""
        return pa.RecordBatch


beam.coders.registry.register_coder(pa.RecordBatch, RecordBatchCoder)


@contextlib.contextmanager
def run_pipeline(args: Sequence[str] = ()) -> Iterator[beam.Pipeline]:
    """Yields a pipeline that runs when the block ends: in this process, unless `args` name a runner.

    An ArgosyError that a worker raises arrives as itself; Beam adds to its message, and most runners deliver another
    exception that quotes it.

    Args:
        args: Beam's own options: `["--runner=FlinkRunner", ...]`.

    Raises:
        ParameterError: An argument is no option, or its value is none that Beam knows.
        InfrastructureError: A worker process of the runner in this process has died.
    """
    pipeline = _new_pipeline(pipeline_options(args))
    with _quiet():
        try:
            yield pipeline
            _run(pipeline)
        except ArgosyError as error:
            raise type(error)(_WHILE_RUNNING.sub("", str(error))) from error
        except Exception as error:
            cause = _quoted(str(error))
            if cause is None:
                raise
            raise cause from error


def runs_here(args: Sequence[str]) -> bool:
    """Whether Beam's options name no runner, so that a pipeline runs in this process."""
    return not any(arg.removeprefix("--").partition("=")[0] == "runner" for arg in args if isinstance(arg, str))


def pipeline_options(args: Sequence[str]) -> PipelineOptions:
    """Returns Beam's options, with the runner in this process where `args` name none.

    Naming it matters: Beam's own default tries to download another runner.

    Raises:
        ParameterError: An argument does not start with `--`, or its value is none that Beam knows.
    """
    for arg in args:
        if not isinstance(arg, str) or not arg.startswith("--"):
            raise ParameterError(f"beam_pipeline_args: {arg!r} is not an option; write '--name=value'")
    given = {arg[2:].partition("=")[0] for arg in args}
    defaults = {} if "runner" in given else {k: v for k, v in _IN_PROCESS.items() if k not in given}
    options, known = _parsed([*args, *(f"--{name}={value}" for name, value in defaults.items())])
    for name in sorted(given - set(known) - {f"no_{name}" for name in known}):
        _log.warning("beam_pipeline_args: Beam knows no option --%s; a runner of another kind may", name)
    return options


def row_counts(pipeline: beam.Pipeline) -> dict[str, int]:
    """Returns what `count_rows` has counted in a pipeline that has run."""
    found = pipeline.result.metrics().query(MetricsFilter().with_namespace(_NAMESPACE))["counters"]
    return {counter.key.metric.name: int(counter.result) for counter in found}


def count_rows(name: str, rows: int) -> None:
    """Adds to a count that `row_counts` returns; to be called in a DoFn."""
    Metrics.counter(_NAMESPACE, name).inc(rows)


class ReadExamples(beam.PTransform):
    """Reads a split: a pipeline in, RecordBatches out. Counts `rows_read:<split>`."""

    def __init__(
        self,
        path: str,
        split: str,
        columns: Sequence[str] | None = None,
        *,
        batch_size: int = BATCH_SIZE,
        with_raw: bool = False,
    ) -> None:
        """As `argosy.examples.read`; `with_raw` adds the serialized records as column `__raw_record__`."""
        super().__init__(f"Read {split}")
        self._files = split_files(path, split)
        self._read = _ReadFile(split, None if columns is None else list(columns), batch_size, with_raw)

    def expand(self, pipeline: Any) -> Any:
        files = pipeline | beam.Create(self._files)
        if len(self._files) > 1:
            files = files | beam.Reshuffle()
        return files | beam.ParDo(self._read).with_output_types(pa.RecordBatch)


class WriteExamples(beam.PTransform):
    """Writes RecordBatches as a split; gives the number of rows, one element. Counts `rows_written:<split>`.

    No batch is moved: each worker writes its own files, which get their final names together at the end. So the runner
    decides how many there are, and a bundle that failed leaves nothing behind. With one worker there is one, and equal
    rows make equal bytes; with several, which rows lie in which file changes from run to run.
    """

    def __init__(self, path: str, split: str, *, payload_format: str = "", prefix: str = "") -> None:
        """As `argosy.examples.write`; the file's names are `<path>/Split-<split>/<prefix>-0000i-of-0000n.<suffix>`."""
        super().__init__(f"Write {split}")
        payload = known_payload(payload_format)
        self._target = _Target(path, split, payload, prefix or PREFIXES[payload])

    def expand(self, batches: Any) -> Any:
        shards = batches | beam.ParDo(_WriteShard(self._target)) | beam.combiners.ToList()
        return shards | beam.Map(_publish, self._target).with_output_types(int)


class _Target(NamedTuple):
    path: str
    split: str
    payload: str
    prefix: str


class _ReadFile(beam.DoFn):
    def __init__(self, split: str, columns: list[str] | None, batch_size: int, with_raw: bool) -> None:
        self._split, self._columns, self._batch_size, self._with_raw = split, columns, batch_size, with_raw

    def process(self, file: str) -> Iterator[pa.RecordBatch]:
        batches = read_file(file, columns=self._columns, batch_size=self._batch_size, with_raw=self._with_raw)
        for batch in with_progress(batches, f"reading {file}", known_rows([file])):
            with located(file=file):
                refuse_nested(batch, "this step")
            count_rows(f"rows_read:{self._split}", batch.num_rows)
            yield batch


class _WriteShard(beam.DoFn):
    """Writes the batches of a bundle to one file under a name of its own; gives the name and the number of rows."""

    def __init__(self, target: _Target) -> None:
        self._target = target
        self._writer: ExamplesWriter | None = None

    def process(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            path, split, payload, prefix = self._target
            own = f".{prefix}-{uuid.uuid4().hex}"
            self._writer = ExamplesWriter(path, split, payload_format=payload, prefix=own)
        self._writer.write(batch)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._writer is not None:
            self._writer.close()
            window = GlobalWindow()
            yield WindowedValue((self._writer.file, self._writer.rows), window.max_timestamp(), [window])
            self._writer = None

    def teardown(self) -> None:
        if self._writer is not None:
            self._writer.abandon()


def _publish(shards: list[tuple[str, int]], target: _Target) -> int:
    """Gives the shards their final names, and removes those of bundles that failed or ran twice."""
    path, split, payload, prefix = target
    folder = Path(split_path(path, split))
    if not shards:
        with ExamplesWriter(path, split, payload_format=payload, prefix=prefix):
            pass
    try:
        for index, (file, _) in enumerate(sorted(shards)):
            Path(file).replace(folder / shard_name(index, len(shards), prefix, payload))
        for left in folder.glob(f".*{prefix}-*"):
            left.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error}") from error
    rows = sum(rows for _, rows in shards)
    count_rows(f"rows_written:{split}", rows)
    return rows


def _new_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """Returns an empty pipeline.

    Raises:
        ParameterError: Beam has no such runner.
    """
    with _quiet():
        try:
            return beam.Pipeline(options=options)
        except (ValueError, ImportError) as error:
            raise ParameterError(f"beam_pipeline_args: {error}") from error


def _run(pipeline: beam.Pipeline) -> None:
    """Runs a pipeline to its end."""

    def run() -> None:
        with pipeline:
            pass

    if pipeline.options.view_as(DirectOptions).direct_running_mode == "multi_processing":
        run_with_workers(run)
    else:
        run()


def _parsed(args: list[str]) -> tuple[PipelineOptions, dict[str, Any]]:
    """Returns the options, and all of them by name. Beam's parser by itself prints its usage and ends the process."""
    said = io.StringIO()
    try:
        with _quiet(), contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            options = PipelineOptions(args)
            return options, dict(options.get_all_options())
    except SystemExit as error:
        reason = said.getvalue().strip().rpartition(" error: ")[2] if error.code else "a step shows no help"
        raise ParameterError(f"beam_pipeline_args: {reason}; mend the option, or leave it out") from error


def _quoted(message: str) -> ArgosyError | None:
    """Returns the error that a worker's traceback ends with, when it is one of ours."""
    for name, text in reversed(re.findall(r"^argosy\.errors\.(\w+): (.*)$", message, re.MULTILINE)):
        kind = getattr(errors, name, None)
        if isinstance(kind, type) and issubclass(kind, ArgosyError):
            return kind(_WHILE_RUNNING.sub("", text))
    return None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Beam's warnings, and the tracebacks it logs of errors that it also raises, out of a step's log."""
    logger = logging.getLogger("apache_beam")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="apache_beam.*")
            warnings.filterwarnings("ignore", module="google.*")
            yield
    finally:
        logger.setLevel(level)
