"""The body of ExampleGen."""

import json
import logging
from typing import Any

from argosy import fs
from argosy.artifacts import Examples, Output
from argosy.errors import DataError
from argosy.ingest.beam import Reading, ingest
from argosy.ingest.config import input_splits, value_types, wanted_span
from argosy.ingest.config import output_config as parse_output_config
from argosy.ingest.formats import find_format
from argosy.ingest.source import Source, find_sources
from argosy.ingest.source import fingerprint as fingerprint_of

_log = logging.getLogger("argosy.ingest")

PAYLOAD_FORMAT = "FORMAT_TF_EXAMPLE"


def example_gen(
    examples: Output[Examples],
    *,
    input_base: str,
    input_format: str = "",
    read_options: dict[str, Any] | None = None,
    types: dict[str, Any] | None = None,
    input_config: dict[str, Any] | None = None,
    output_config: dict[str, Any] | None = None,
    range_config: dict[str, Any] | None = None,
    span: int = -1,
    version: int = -1,
    fingerprint: str = "",
    beam_pipeline_args: list[str] | None = None,
) -> None:
    """Reads files of rows, types their columns over the whole input, and writes tf.Examples, split by a row hash.

    Types of CSV: all whole numbers, int64; all numbers, float32; else bytes. Missing is an empty cell or one of
    `csv_options.NULL_TOKENS`, in any column; it stays missing. A column without any value has no type. Other formats
    know their types; `features` says what becomes of each.

    Args:
        examples: Where to; gets the metadata split_names, num_examples, span, version (where there is one),
            payload_format, input_base and input_fingerprint.
        input_base: The folder that holds the input files, or one file: a path or an s3:// or gs:// URI.
        input_format: One of `formats.FORMATS`; empty: as the files' suffixes say, else CSV.
        read_options: How a CSV file is written (`csv_options`); None: with commas, quotes and a header.
        types: Kinds of columns (int, float, bytes) that win over what the files tell; None: none.
        input_config: Input splits; None: all files, one split.
        output_config: Output splits; None: train and eval, two to one; with several input splits, these.
        range_config: Which span to read, see `config.wanted_span`; None: the highest.
        span: The span to read, where it is known before the run; -1: as range_config says. Without {SPAN} or a date in
            the patterns, only recorded.
        version: Its version; -1: the highest.
        fingerprint: As taken before the run; empty: taken now.
        beam_pipeline_args: Beam's own options; None: in this process.

    Raises:
        ParameterError: A parameter is wrong.
        DataError: A file is missing, empty, not of its format, or changes meanwhile; the message names file and line.
    """
    splits = input_splits(input_config)
    outputs = parse_output_config(output_config, splits)
    sources = find_sources(input_base, splits, wanted_span(range_config, span, version))
    files = [file for source in sources for file in source.files]
    reading = Reading(format=find_format(input_format, read_options or {}, files), types=value_types(types))
    before = _state(sources)
    taken = fingerprint or fingerprint_of(sources)
    _log.info("reading %d %s files below %s", len(files), reading.format.name, input_base)
    rows = ingest(sources, outputs, examples.path, beam_pipeline_args or [], reading)
    if _state(sources) != before:
        raise DataError(f"input_base {input_base}: a file has changed while it was read; run the step again afterwards")
    for name, count in rows.items():
        _log.info("split %s: %d rows", name, count)
    examples.metadata.update(
        split_names=json.dumps(list(rows)),
        num_examples=json.dumps(rows),
        span=sources[0].span,
        payload_format=PAYLOAD_FORMAT,
        input_base=input_base,
        input_fingerprint=taken,
    )
    if sources[0].version is not None:
        examples.metadata["version"] = sources[0].version


def _state(sources: tuple[Source, ...]) -> list[tuple[str, int, int]]:
    """Returns name, size and time of each local file."""
    paths = [fs.local_path(file) for source in sources for file in source.files if not fs.is_remote(file)]
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.exists()]
