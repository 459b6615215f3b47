"""The body of ExampleGen."""

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from argosy.artifacts import Examples, Output
from argosy.errors import DataError
from argosy.examples.payload import FILE_FORMATS, TF_EXAMPLE, TF_SEQUENCE_EXAMPLE, known_payload
from argosy.ingest.beam import Reading, ingest
from argosy.ingest.config import InputSplit, input_splits, value_types, wanted_span
from argosy.ingest.config import output_config as parse_output_config
from argosy.ingest.fetch import fetched
from argosy.ingest.formats import SEQUENCES, Format, find_format
from argosy.ingest.queries import Queries, asks_queries, fingerprint_queries, read_queries
from argosy.ingest.reader import NAME as READER
from argosy.ingest.reader import user_reader
from argosy.ingest.source import Source, find_sources
from argosy.ingest.source import fingerprint as fingerprint_of
from argosy.ingest.spans import Wanted
from argosy.ingest.unchanged import unchanged

_Opened = tuple[tuple[Source, ...], Format, dict[str, str]]

_log = logging.getLogger("argosy.ingest")


def example_gen(
    examples: Output[Examples],
    *,
    input_base: str = "",
    query: str = "",
    connection: str = "",
    input_format: str = "",
    read_options: dict[str, Any] | None = None,
    types: dict[str, Any] | None = None,
    module_file: str = "",
    reader_fn: str = "",
    custom_config: dict[str, Any] | None = None,
    input_config: dict[str, Any] | None = None,
    output_config: dict[str, Any] | None = None,
    payload_format: str = "",
    range_config: dict[str, Any] | None = None,
    span: int = -1,
    version: int = -1,
    fingerprint: str = "",
    beam_pipeline_args: list[str] | None = None,
) -> None:
    """Reads files of rows, or a query's answer, types their columns, and writes them, split by a row hash.

    Types of CSV: all whole numbers, int64; all numbers, float32; else bytes. Missing is an empty cell or one of
    `csv_options.NULL_TOKENS`, in any column; it stays missing. A column without any value has no type. Other formats
    know their types; `features` says what becomes of each.

    Args:
        examples: Where to; gets the metadata split_names, num_examples (as the written files have them), num_input_rows
            (as they were read; where the two differ the step has failed), span, version (where there is one),
            payload_format, file_format, input_base, or connection and query, and input_fingerprint.
        input_base: The folder that holds the input files, or one file: a path or an s3:// or gs:// URI.
        query: What to ask in place of reading files; empty with a connection: as input_config's patterns say.
        connection: Where to ask (`connection`); secrets are names of environment variables.
        input_format: One of `formats.FORMATS`; empty: as the files' suffixes say, else CSV.
        read_options: How a CSV file is written (`csv_options`); None: with commas, quotes and a header.
        types: Kinds of columns (int, float, bytes) that win over what the files tell; None: none.
        module_file: The user's code that reads the files in place of ours (`reader`); empty: none, or reader_fn is one.
        reader_fn: The import path of its function; empty: reader_fn of the file.
        custom_config: Handed to it if it asks; None: nothing.
        input_config: Input splits; None: all files, one split.
        output_config: Output splits; None: train and eval, two to one; with several input splits, these.
        payload_format: One of `payload.SUFFIXES`; empty: tf.Examples, of tf.SequenceExamples such.
        range_config: Which span to read, see `config.wanted_span`; None: the highest.
        span: The span to read, where it is known before the run; -1: as range_config says. Without {SPAN} or a date in
            the patterns, only recorded.
        version: Its version; -1: the highest.
        fingerprint: As taken before the run, which the files still have to have; empty: taken now.
        beam_pipeline_args: Beam's own options; None: in this process.

    Raises:
        ParameterError: A parameter is wrong.
        UserCodeError: The user's reader raised, or yielded what is no row.
        DataError: A file is missing, empty, not of its format, or changes meanwhile; the message names file and line.
    """
    given = {"input_base": input_base, "query": query, "connection": connection, "input_config": input_config}
    given |= {"input_format": input_format, "read_options": read_options}
    given |= {"module_file": module_file, "reader_fn": reader_fn, "custom_config": custom_config}
    wanted = wanted_span(range_config, span, version)
    queries = read_queries(given, wanted) if asks_queries(given) else None
    splits = queries.splits if queries else input_splits(input_config)
    outputs = parse_output_config(output_config, splits)
    kinds = value_types(types)
    if queries:
        opened = _asked(queries, examples.path, kinds, fingerprint)
    else:
        opened = _found(given, splits, wanted, fingerprint)
    with opened as (sources, file_format, origin):
        payload = known_payload(
            payload_format, default=TF_SEQUENCE_EXAMPLE if file_format.name == SEQUENCES else TF_EXAMPLE
        )
        reading = Reading(file_format, kinds)
        read, rows = ingest(sources, outputs, examples.path, beam_pipeline_args or [], reading, payload_format=payload)
    for name, count in rows.items():
        _log.info("split %s: %d rows", name, count)
    examples.metadata.update(
        split_names=json.dumps(list(rows)),
        num_examples=json.dumps(rows),
        num_input_rows=read,
        span=sources[0].span,
        payload_format=payload,
        file_format=FILE_FORMATS[payload],
        **origin,
    )
    if sources[0].version is not None:
        examples.metadata["version"] = sources[0].version


@contextlib.contextmanager
def _found(
    given: Mapping[str, Any], splits: Sequence[InputSplit], wanted: Wanted, fingerprint: str
) -> Iterator[_Opened]:
    """Yields the files, which may not change meanwhile, their format, and what is recorded of where they are."""
    input_base = given["input_base"]
    sources = find_sources(input_base, splits, wanted)
    files = [file for source in sources for file in source.files]
    reader = user_reader(given)
    if reader:
        file_format = Format(READER, reader=reader)
    else:
        file_format = find_format(given["input_format"], given["read_options"] or {}, files)
    _log.info("reading %d %s files below %s", len(files), file_format.name, input_base)
    with unchanged(files):
        seen = fingerprint_of(sources)
        if fingerprint not in ("", seen):
            raise DataError(
                f"input_base {input_base}: the files are not those that the fingerprint was taken of, before the run: "
                "they have changed since; run it again"
            )
        yield sources, file_format, {"input_base": input_base, "input_fingerprint": seen}


@contextlib.contextmanager
def _asked(queries: Queries, folder: str, kinds: Mapping[str, str], fingerprint: str) -> Iterator[_Opened]:
    """Yields the answers as files, their format, and what is recorded of where they are from."""
    # Taken before it is read: what changes in between is read again next time.
    seen = fingerprint or fingerprint_queries(queries)
    origin = {"connection": queries.connection, "query": queries.asked, "input_fingerprint": seen}
    _log.info("asking %s", queries.connection)
    with fetched(queries, folder, kinds) as sources:
        yield sources, Format("parquet"), origin
