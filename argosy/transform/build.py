"""From preprocessing_fn and rows to the transform graph on disk."""

import dataclasses
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy.saved_model.reproducible import make_reproducible
from argosy.schema.text import read_schema, schema_file
from argosy.transform.analyses import VocabularyAnalysis
from argosy.transform.analyze import RowSource, analyze
from argosy.transform.graph import components
from argosy.transform.inputs import input_specs
from argosy.transform.metadata import TRANSFORM_FN, transformed_schema, write_metadata
from argosy.transform.phases import read_features
from argosy.transform.preprocessing import NAME, user_errors
from argosy.transform.save import save_graph
from argosy.transform.trace import trace_preprocessing
from argosy.user_code import with_custom_config

_log = logging.getLogger("argosy.transform")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """What to build a graph from.

    Attributes:
        function: The user's preprocessing_fn.
        file: The name of its file for messages.
        custom_config: Handed to it if it asks.
        schema: The path of the raw rows' schema.
        source: The rows that analyzers see.
    """

    function: Callable[..., Any]
    file: str
    custom_config: Mapping[str, Any]
    schema: str
    source: RowSource


@dataclasses.dataclass(frozen=True, kw_only=True)
class Built:
    """A graph on disk.

    Attributes:
        graph: The SavedModel's directory.
        columns: The raw features that its outputs depend on.
        phases: How many passes over the data it took.
        rows: How many rows each pass read, by split.
    """

    graph: str
    columns: list[str]
    phases: int
    rows: Mapping[str, int]


def build_graph(job: Job, directory: Path, temporary: Path) -> Built:
    """Writes the transform graph and its metadata into the directory.

    Raises:
        UserCodeError: preprocessing_fn raised, or returned what cannot be an output; the message has file and line.
        DataError: The rows do not fit the schema.
    """
    specs = input_specs(read_schema(job.schema))
    with user_errors(job.function, job.file, specs):
        called = with_custom_config(job.function, job.custom_config, name=NAME, argument="inputs")
        trace = trace_preprocessing(called, specs)
    found = analyze(trace, job.source, temporary)
    if found.phases and not any(found.rows.values()):
        _log.warning("no row to analyze in %s: statistics are those of nothing", ", ".join(job.source.splits))
    graph = str(directory / TRANSFORM_FN)
    save_graph(trace, trace.outputs, found.results, graph)
    make_reproducible(graph)
    vocabularies = [a.analysis.filename for a in trace.analyzers if isinstance(a.analysis, VocabularyAnalysis)]
    schema = transformed_schema(trace, found.results)
    write_metadata(directory, schema_file(job.schema), schema, {name: name for name in vocabularies})
    columns = read_features(trace, [tensor.name for tensor in components(dict(trace.outputs))])
    _log.info("%d inputs, %d outputs, %d passes over the data", len(specs), len(trace.outputs), found.phases)
    return Built(graph=graph, columns=columns, phases=found.phases, rows=found.rows)
