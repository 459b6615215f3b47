"""The pipeline of ExampleGen: a pass over all files that settles the types, then one that deals the rows to splits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from argosy.examples.beam import WriteExamples, count_rows, row_counts, run_pipeline
from argosy.ingest.config import OWN_HASH, OutputConfig
from argosy.ingest.deal import deal
from argosy.ingest.formats import Format
from argosy.ingest.row_size import check_values
from argosy.ingest.scanned import ScannedFile, merge_kinds
from argosy.ingest.source import Source

SCANNED, READ, WRITTEN = "rows_scanned", "rows_read", "rows_written"


class Reading(NamedTuple):
    """How files are read.

    Attributes:
        format: Their format.
        types: Kinds that a person gave to columns.
    """

    format: Format = Format()
    types: Mapping[str, str] = {}


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
    files = [(source.split, file) for source in sources for file in source.files]
    names = [split.name for split in outputs.splits] or [source.split for source in sources]
    with run_pipeline(args) as pipeline:
        spread = pipeline | beam.Create(files)
        if len(files) > 1:
            spread = spread | beam.Reshuffle()
        kinds = (
            spread | beam.ParDo(_Scan(reading.format)) | beam.combiners.ToList() | beam.Map(merge_kinds, reading.types)
        )
        rows = spread | beam.ParDo(_Read(reading.format, outputs), beam.pvalue.AsSingleton(kinds)).with_outputs(*names)
        for name in names:
            _ = rows[name] | WriteExamples(path, name, payload_format=payload_format)
    return accounted(row_counts(pipeline), names)


def accounted(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """Returns the number of rows written to each split, when as many were typed and read.

    Raises:
        RuntimeError: A row was lost or read twice.
    """
    written = {name: counts.get(f"{WRITTEN}:{name}", 0) for name in names}
    scanned, read = counts.get(SCANNED, 0), counts.get(READ, 0)
    if not scanned == read == sum(written.values()):
        raise RuntimeError(f"row accounting: {scanned} rows typed, {read} read, {written} written; these must agree")
    return written


class _Scan(beam.DoFn):
    def __init__(self, file_format: Format) -> None:
        self._format = file_format

    def process(self, element: tuple[str, str]) -> Iterator[ScannedFile]:
        scanned = self._format.scan(element[1])
        count_rows(SCANNED, scanned.rows)
        yield scanned


class _Read(beam.DoFn):
    """Reads a file; gives the rows of each split under the split's name."""

    def __init__(self, file_format: Format, outputs: OutputConfig) -> None:
        self._format, self._outputs = file_format, outputs

    def process(self, element: tuple[str, str], kinds: dict[str, str]) -> Iterator[Any]:
        split, file = element
        with_raw = self._outputs.hash != OWN_HASH
        rows = 0
        for batch in self._format.read(file, kinds, with_raw=with_raw):
            count_rows(READ, batch.num_rows)
            check_values(batch, file, rows)
            rows += batch.num_rows
            dealt = {split: batch}
            if self._outputs.splits:
                dealt = deal(batch, self._outputs, file, source=self._format.name)
            for name, part in dealt.items():
                yield beam.pvalue.TaggedOutput(name, part)
