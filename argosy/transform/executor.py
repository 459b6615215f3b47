"""The Transform step: raw rows and a preprocessing_fn in, a graph and transformed rows out."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from argosy.artifacts import Examples, Input, Output, Schema, TransformGraph
from argosy.errors import ParameterError, did_you_mean
from argosy.examples.layout import split_names, split_payload
from argosy.examples.payload import FILE_FORMATS, PARQUET, TF_EXAMPLE
from argosy.user_code import load_function

_log = logging.getLogger("argosy.transform")


def transform(
    examples: Input[Examples],
    schema: Input[Schema],
    transform_graph: Output[TransformGraph],
    transformed_examples: Output[Examples],
    *,
    module_file: str = "",
    preprocessing_fn: str = "",
    splits_config: dict[str, Any] | None = None,
    custom_config: dict[str, Any] | None = None,
    materialize: bool = True,
    beam_pipeline_args: list[str] | None = None,
) -> None:
    """Runs preprocessing_fn over the data and freezes it into one graph for training and serving.

    Raises:
        ParameterError: A parameter, a split among them, is not what it has to be.
        UserCodeError: preprocessing_fn raised, or returned what cannot be an output.
        DataError: The rows do not fit the schema.
    """
    analyze_splits, transform_splits = _splits(splits_config or {}, _split_names(examples))
    function, file = load_function(module_file, preprocessing_fn, name="preprocessing_fn")

    from argosy.transform.analyze import RowSource
    from argosy.transform.build import Job, build_graph

    beam_args = tuple(beam_pipeline_args or ())
    temporary = Path(transform_graph.path) / ".temp"
    job = Job(
        function=function,
        file=file,
        custom_config=custom_config or {},
        schema=schema.path,
        source=RowSource(examples=examples.path, splits=analyze_splits, beam_args=beam_args),
    )
    try:
        built = build_graph(job, Path(transform_graph.path), temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    transform_graph.metadata["num_examples"] = json.dumps(built.rows)
    transform_graph.metadata["phases"] = built.phases
    payload, written = TF_EXAMPLE, {}
    if materialize:
        payload = _payload(examples.path, transform_splits)
        written = _materialize(examples.path, transform_splits, built, transformed_examples.path, payload, beam_args)
    transformed_examples.metadata.update(
        split_names=json.dumps(sorted(written)),
        num_examples=json.dumps(written),
        num_input_rows=sum(written.values()),
        payload_format=payload,
        file_format=FILE_FORMATS[payload],
    )


def _materialize(
    examples: str, splits: list[str], built: Any, output: str, payload: str, beam_args: tuple[str, ...]
) -> dict[str, int]:
    """Writes the transformed rows; returns their number by split."""
    from argosy.transform.beam import transform_rows

    counts = transform_rows(
        built.graph,
        examples=examples,
        splits=splits,
        columns=built.columns,
        output=output,
        payload_format=payload,
        beam_args=beam_args,
    )
    for split, (read, written) in counts.items():
        _log.info("split %s: %d rows read, %d written", split, read, written)
        if read != written:
            raise RuntimeError(f"split {split}: {read} rows were read and {written} written")
    return {split: written for split, (_, written) in counts.items()}


def _payload(examples: str, splits: list[str]) -> str:
    """Returns what transformed rows are written as: Parquet where the rows are; they have no feature lists."""
    return PARQUET if splits and split_payload(examples, splits[0]) == PARQUET else TF_EXAMPLE


def _split_names(examples: Input[Examples]) -> list[str]:
    """Returns the splits that the producer recorded; those on disk where a backend has dropped or reshaped that."""
    try:
        recorded = json.loads(examples.metadata["split_names"])
    except (KeyError, TypeError, ValueError):
        return split_names(examples.path)
    return list(recorded) if isinstance(recorded, list) else split_names(examples.path)


def _splits(config: dict[str, Any], known: list[str]) -> tuple[list[str], list[str]]:
    """Returns the splits to analyze and those to transform."""
    for key in config:
        if key not in ("analyze", "transform"):
            raise ParameterError(
                f"splits_config has an unknown key {key!r}; {did_you_mean(key, ('analyze', 'transform'))}"
            )
    analyze, transform = config.get("analyze", ["train"]), config.get("transform", known)
    for key, splits in (("analyze", analyze), ("transform", transform)):
        if not isinstance(splits, list) or not all(isinstance(split, str) for split in splits):
            raise ParameterError(f"splits_config: {key} has to be a list of names of splits, found {splits!r}")
    if not analyze:
        raise ParameterError("splits_config: analyze is empty; name at least one split, such as train")
    for split in (*analyze, *transform):
        if split not in known:
            raise ParameterError(f"splits_config: the examples have no split {split!r}; {did_you_mean(split, known)}")
    return analyze, transform
