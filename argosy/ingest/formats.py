"""The formats that input files may have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from argosy.errors import ParameterError, did_you_mean
from argosy.examples.payload import TF_EXAMPLE, TF_SEQUENCE_EXAMPLE
from argosy.ingest.avro_files import read_avro, scan_avro
from argosy.ingest.csv_files import read_csv, scan_csv
from argosy.ingest.csv_header import csv_file
from argosy.ingest.csv_options import csv_options
from argosy.ingest.csv_sample import read_sampled_csv, sample_csv
from argosy.ingest.json_files import read_json, scan_json
from argosy.ingest.local_file import LocalFile, local_file, plain_name
from argosy.ingest.parquet_files import read_parquet, scan_parquet
from argosy.ingest.reader import Reader, read_rows, scan_rows
from argosy.ingest.scanned import ScannedFile
from argosy.ingest.tfrecord_files import read_sequences, read_tfrecord, scan_sequences, scan_tfrecord

CSV, JSON = "csv", "jsonl"
SEQUENCES = "tfrecord_sequence"


class _Typed(NamedTuple):
    """A format whose files know the types of their columns."""

    scan: Callable[[LocalFile], ScannedFile]
    read: Callable[[LocalFile, Mapping[str, str]], Iterator[pa.RecordBatch]]
    whole_file: bool = True
    """Whether a suffix such as .gz means that the file as a whole is compressed, which is undone first."""


_TYPED = {
    "tfrecord": _Typed(scan_tfrecord, read_tfrecord, whole_file=False),
    SEQUENCES: _Typed(scan_sequences, read_sequences, whole_file=False),
    "parquet": _Typed(scan_parquet, read_parquet, whole_file=False),
    "avro": _Typed(scan_avro, read_avro, whole_file=False),
    JSON: _Typed(scan_json, read_json),
}
_PAYLOADS = {"tfrecord": TF_EXAMPLE, SEQUENCES: TF_SEQUENCE_EXAMPLE}
FORMATS = (CSV, *_TYPED)
_SUFFIXES = {
    ".csv": CSV, ".tsv": CSV, ".tfrecord": "tfrecord", ".tfrecords": "tfrecord", ".parquet": "parquet",
    ".sequence": SEQUENCES, ".avro": "avro", ".jsonl": JSON, ".ndjson": JSON, ".json": JSON,
}  # fmt: skip


class Format(NamedTuple):
    """How the input files are read; it travels to workers.

    Attributes:
        name: One of `FORMATS`, or what a person calls the user's own.
        options: `read_options`, which only CSV has.
        reader: The user's function, which reads the files in place of ours; None: none.
    """

    name: str = CSV
    options: Mapping[str, Any] = {}
    reader: Reader | None = None

    def scan(self, file: str, types: Mapping[str, str] | None = None, *, sample: bool = False) -> ScannedFile:
        """Returns columns, kinds and number of rows of a file; with `sample` what the first rows of a CSV file suggest.

        In JSON, and of a reader, a column may have values of several kinds where a person gave it one, by `types`.

        Raises:
            DataError: It is not what it has to be; the message names file and row.
            StorageError: It cannot be read.
        """
        if self.reader is not None:
            with local_file(file, decompress=False) as local:
                return scan_rows(self.reader, local, types)
        if self.name == CSV:
            with local_file(file) as local:
                return (sample_csv if sample else scan_csv)(csv_file(local, csv_options(self.options)))
        typed = _TYPED[self.name]
        with local_file(file, decompress=typed.whole_file) as local:
            return scan_json(local, types) if self.name == JSON else typed.scan(local)

    def read(
        self, file: str, kinds: Mapping[str, str], *, with_raw: bool = False, sampled: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """Yields the rows of a file as list columns of these kinds; `with_raw` as in `read_tfrecord`, where it is one.

        Raises:
            DataError: It is not what it has to be, or not what it was.
            StorageError: It cannot be read.
        """
        if self.reader is not None:
            with local_file(file, decompress=False) as local:
                yield from read_rows(self.reader, local, kinds)
            return
        if self.name == CSV:
            with local_file(file) as local:
                read = read_sampled_csv if sampled else read_csv
                yield from read(csv_file(local, csv_options(self.options)), kinds)
            return
        typed = _TYPED[self.name]
        with local_file(file, decompress=typed.whole_file) as local:
            if with_raw and self.name in _PAYLOADS:
                yield from read_tfrecord(local, kinds, _PAYLOADS[self.name], with_raw=True)
            else:
                yield from typed.read(local, kinds)


def find_format(name: str, options: Mapping[str, Any], files: Sequence[str]) -> Format:
    """Returns the format of the files: the one that is named, else the one that their names tell, else CSV.

    Raises:
        ParameterError: There is no such format, files have several, or an option is none of it.

    >>> find_format("", {}, ["a.parquet"]).name, find_format("", {}, ["data"]).name
    ('parquet', 'csv')
    """
    if name and name not in FORMATS:
        raise ParameterError(f"input_format: {name!r} is none; {did_you_mean(name, FORMATS)}")
    told = {_told(plain_name(file)): file for file in files}
    if not name and len(told) > 1:
        found = " and ".join(f"{file} ({format_})" for format_, file in sorted(told.items()))
        raise ParameterError(
            f"input_base: files of several formats: {found}; keep one by a pattern in input_config, or name "
            "input_format"
        )
    chosen = name or next(iter(told), CSV)
    if chosen != CSV and options:
        raise ParameterError(f"read_options: {chosen} has none, found {', '.join(map(str, options))}; leave them out")
    if chosen == CSV:
        if files and "delimiter" not in options and all(plain_name(file).lower().endswith(".tsv") for file in files):
            options = {**options, "delimiter": "tab"}
        csv_options(options)
    return Format(chosen, dict(options))


def _told(name: str) -> str:
    """Returns the format that a file's name tells; a shard that a step has written may have no suffix but .gz."""
    file = Path(name)
    return _SUFFIXES.get(file.suffix.lower(), "tfrecord" if file.name.startswith("data_tfrecord-") else CSV)
