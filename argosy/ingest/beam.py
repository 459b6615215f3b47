"""The pipeline of ExampleGen: types are settled, then the rows of all files dealt to splits.

CSV files say nothing about types. Their first rows do, and mostly that holds to the end, so the rows are dealt at once;
where one contradicts, all is read to settle the types, and then once more.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from argosy.errors import UnsettledTypesError
from argosy.examples.beam import WriteExamples, count_rows, row_counts, run_pipeline, runs_here
from argosy.ingest.config import OWN_HASH, OutputConfig
from argosy.ingest.deal import deal
from argosy.ingest.formats import CSV, Format
from argosy.ingest.row_size import check_values
from argosy.ingest.scanned import ScannedFile, merge_kinds
from argosy.ingest.source import Source

_log = logging.getLogger("argosy.ingest")

SCANNED, READ, WRITTEN, FILES = "rows_scanned", "rows_read", "rows_written", "files_read"


class Reading(NamedTuple):
    """How files are read.

    Attributes:
        format: Their format.
        types: Kinds that a person gave to columns.
        sampled: Whether the first rows of CSV files are to say the other kinds.
    """

    format: Format = Format()
    types: Mapping[str, str] = {}
    sampled: bool = False


def ingest(
    sources: Sequence[Source],
    outputs: OutputConfig,
    path: str,
    args: Sequence[str],
    reading: Reading,
    *,
    payload_format: str = "",
) -> dict[str, int]:
    """Writes the rows of all sources as Examples; returns the number of rows of each split.

    Args:
        sources: The files of each input split.
        outputs: How their rows are dealt to splits.
        path: The folder of the Examples artifact.
        args: Beam's own options.
        reading: How the files are read.
        payload_format: As what the rows are written; empty: tf.Examples.

    Raises:
        DataError: A file is not what it has to be.
        RuntimeError: A row was lost or read twice.
    """
    # Elsewhere a pipeline that fails is started again and again before it is given up.
    if reading.format.name == CSV and runs_here(args):
        try:
            return _ingested(sources, outputs, path, args, reading._replace(sampled=True), payload_format)
        except UnsettledTypesError as error:
            _log.info("%s; reading all to settle the types, then once more", error)
    return _ingested(sources, outputs, path, args, reading, payload_format)


def _ingested(
    sources: Sequence[Source],
    outputs: OutputConfig,
    path: str,
    args: Sequence[str],
    reading: Reading,
    payload_format: str,
) -> dict[str, int]:
    files = [(source.split, file) for source in sources for file in source.files]
    names = [split.name for split in outputs.splits] or [source.split for source in sources]
    with run_pipeline(args) as pipeline:
        spread = pipeline | beam.Create(files)
        if len(files) > 1:
            spread = spread | beam.Reshuffle()
        kinds = spread | beam.ParDo(_Scan(reading)) | beam.combiners.ToList() | beam.Map(merge_kinds, reading.types)
        rows = spread | beam.ParDo(_Read(reading, outputs), beam.pvalue.AsSingleton(kinds)).with_outputs(*names)
        for name in names:
            _ = rows[name] | WriteExamples(path, name, payload_format=payload_format)
    return accounted(row_counts(pipeline), names, files=len(files), sampled=reading.sampled)


def accounted(counts: Mapping[str, int], names: Sequence[str], *, files: int, sampled: bool = False) -> dict[str, int]:
    """Returns the number of rows written to each split, when as many were typed and read, of so many files.

    Raises:
        RuntimeError: A file or a row was lost or read twice.
    """
    written = {name: counts.get(f"{WRITTEN}:{name}", 0) for name in names}
    read, read_files = counts.get(READ, 0), counts.get(FILES, 0)
    typed = read if sampled else counts.get(SCANNED, 0)
    if not typed == read == sum(written.values()) or read_files != files:
        raise RuntimeError(
            f"row accounting: {files} files, {read_files} read; {typed} rows typed, {read} read, {written} written; "
            "these must agree"
        )
    return written


class _Scan(beam.DoFn):
    def __init__(self, reading: Reading) -> None:
        self._format, _, self._sampled = reading

    def process(self, element: tuple[str, str]) -> Iterator[ScannedFile]:
        scanned = self._format.scan(element[1], sample=self._sampled)
        if not self._sampled:
            count_rows(SCANNED, scanned.rows)
        yield scanned


class _Read(beam.DoFn):
    """Reads a file; gives the rows of each split under the split's name."""

    def __init__(self, reading: Reading, outputs: OutputConfig) -> None:
        self._format, _, self._sampled = reading
        self._outputs = outputs

    def process(self, element: tuple[str, str], kinds: dict[str, str]) -> Iterator[Any]:
        split, file = element
        with_raw = self._outputs.hash != OWN_HASH
        rows = 0
        for batch in self._format.read(file, kinds, with_raw=with_raw, sampled=self._sampled):
            count_rows(READ, batch.num_rows)
            check_values(batch, file, rows)
            rows += batch.num_rows
            dealt = {split: batch}
            if self._outputs.splits:
                dealt = deal(batch, self._outputs, file, source=self._format.name)
            for name, part in dealt.items():
                yield beam.pvalue.TaggedOutput(name, part)
        count_rows(FILES, 1)
