"""The passes over the data, in Apache Beam: analyzing rows, and transforming them. The area's one door to Beam.

A worker gets a graph as the path of a SavedModel, so that nothing of TensorFlow is pickled.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from argosy import fs
from argosy.accumulate.combine import CombineAccumulators, Packed
from argosy.errors import located
from argosy.examples.beam import ReadExamples, WriteExamples, row_counts, run_pipeline
from argosy.transform.analyses import Analysis

PREFIX = "transformed_examples"


def analyze_rows(
    graph: str,
    analyses: Mapping[str, Analysis],
    *,
    examples: str,
    splits: Sequence[str],
    columns: Sequence[str],
    temporary: str,
    beam_args: Sequence[str] = (),
) -> tuple[dict[str, Any], dict[str, int]]:
    """Runs one pass: the graph on every batch, and what it gives into the accumulators.

    Args:
        graph: The directory of the SavedModel of the pass; its outputs are named `<analyzer>/<number of the input>`.
        analyses: By analyzer, what to compute.
        examples: The path of the Examples artifact.
        splits: Those of its splits to read.
        columns: The features to read.
        temporary: A directory that all workers share.
        beam_args: Beam's own options.

    Returns:
        The accumulators' results by analyzer, and the number of rows read by split.
    """
    pack = [
        Packed(name=name, select=partial(_select, name, analysis), accumulator=analysis.accumulator())
        for name, analysis in analyses.items()
    ]
    file = f"{temporary}/results.pickle"
    with run_pipeline(beam_args) as pipeline:
        batches = [pipeline | ReadExamples(examples, split, columns=columns) for split in splits]
        _ = (
            batches
            | "All splits" >> beam.Flatten(pipeline=pipeline)
            | "Analyzer inputs" >> beam.ParDo(_Run(graph))
            | "Analyzers" >> beam.CombineGlobally(CombineAccumulators(pack))
            | "Results" >> beam.Map(_write_results, file)
        )
    counts = row_counts(pipeline)
    results: dict[str, Any] = pickle.loads(fs.read_bytes(file))
    return results, {split: counts.get(f"rows_read:{split}", 0) for split in splits}


def transform_rows(
    graph: str,
    *,
    examples: str,
    splits: Sequence[str],
    columns: Sequence[str],
    output: str,
    payload_format: str = "",
    beam_args: Sequence[str] = (),
) -> dict[str, tuple[int, int]]:
    """Writes the transformed rows of the splits; returns the number of rows read and written, by split."""
    with run_pipeline(beam_args) as pipeline:
        for split in splits:
            _ = (
                pipeline
                | ReadExamples(examples, split, columns=columns)
                | f"Transform {split}"
                >> beam.ParDo(_Transform(graph, split, columns)).with_output_types(pa.RecordBatch)
                | WriteExamples(output, split, payload_format=payload_format, prefix=PREFIX)
            )
    counts = row_counts(pipeline)
    return {split: (counts.get(f"rows_read:{split}", 0), counts.get(f"rows_written:{split}", 0)) for split in splits}


class _Run(beam.DoFn):
    """Gives, for a batch, `{output: array}`."""

    def __init__(self, graph: str) -> None:
        self._graph = graph

    def setup(self) -> None:
        from argosy.transform.run_graph import load_graph

        self._function = load_graph(self._graph)

    def process(self, batch: pa.RecordBatch) -> Iterator[dict[str, np.ndarray]]:
        yield {name: tensor.numpy() for name, tensor in self._function(batch).items()}


class _Transform(beam.DoFn):
    """Gives, for a batch of raw rows, one of transformed rows."""

    def __init__(self, graph: str, split: str, features: Sequence[str]) -> None:
        self._graph, self._split, self._features = graph, split, tuple(features)

    def setup(self) -> None:
        from argosy.transform.run_graph import load_graph

        self._function = load_graph(self._graph, self._features)

    def process(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        from argosy.transform.feeds import to_batch

        with located(split=self._split):
            transformed = to_batch(self._function(batch), batch.num_rows)
        yield transformed


def _select(name: str, analysis: Analysis, arrays: dict[str, np.ndarray]) -> Any:
    count = sum(key.rpartition("/")[0] == name for key in arrays)
    return analysis.select([arrays[f"{name}/{i}"] for i in range(count)])


def _write_results(results: dict[str, Any], file: str) -> None:
    fs.write_bytes(file, pickle.dumps(results))
