"""From a traced preprocessing_fn to what its analyzers find: one pass over the data for each phase."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.transform.analyses import VocabularyAnalysis
from argosy.transform.graph import components
from argosy.transform.phases import phases, read_features
from argosy.transform.recorder import Analyzer
from argosy.transform.save import save_graph
from argosy.transform.trace import Trace
from argosy.transform.vocabulary_file import write_vocabulary

_log = logging.getLogger("argosy.transform")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowSource:
    """Where rows are read from.

    Attributes:
        examples: The path of the Examples artifact.
        splits: Those of its splits.
        beam_args: Beam's own options.
    """

    examples: str
    splits: Sequence[str]
    beam_args: Sequence[str] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Findings:
    """What all phases found.

    Attributes:
        results: By analyzer, its fields (`save.Results`).
        phases: How many passes over the data there were.
        rows: How many rows each pass read, by split.
    """

    results: Mapping[str, Mapping[str, Any]]
    phases: int
    rows: Mapping[str, int]


def analyze(trace: Trace, source: RowSource, temporary: Path) -> Findings:
    """Returns what the analyzers find in the rows.

    Args:
        trace: The traced preprocessing_fn.
        source: The rows.
        temporary: A directory that all workers share; vocabularies stay in it.
    """
    results: dict[str, Mapping[str, Any]] = {}
    rows: dict[str, int] = {}
    order = phases(trace)
    for number, analyzers in enumerate(order):
        _log.info("phase %d of %d: %s", number + 1, len(order), ", ".join(a.name for a in analyzers))
        found, rows = _run_phase(trace, analyzers, results, source, temporary / f"phase-{number}")
        for analyzer in analyzers:
            results[analyzer.name] = _fields(trace, analyzer, found[analyzer.name], temporary / "vocabularies")
    return Findings(results=results, phases=len(order), rows=rows)


def _run_phase(
    trace: Trace, analyzers: Sequence[Analyzer], results: Mapping[str, Any], source: RowSource, temporary: Path
) -> tuple[dict[str, Any], dict[str, int]]:
    from argosy.transform.beam import analyze_rows

    fetches = {f"{a.name}/{i}": tensor for a in analyzers for i, tensor in enumerate(a.inputs)}
    names = [tensor.name for tensor in components(fetches)]
    features = read_features(trace, names) or list(trace.specs)[:1]
    save_graph(trace, fetches, results, str(temporary / "graph"), features=features)
    return analyze_rows(
        str(temporary / "graph"),
        {analyzer.name: analyzer.analysis for analyzer in analyzers},
        examples=source.examples,
        splits=source.splits,
        columns=features,
        temporary=str(temporary),
        beam_args=source.beam_args,
    )


def _fields(trace: Trace, analyzer: Analyzer, result: Any, vocabularies: Path) -> Mapping[str, Any]:
    if isinstance(analyzer.analysis, VocabularyAnalysis):
        path = vocabularies / analyzer.analysis.filename
        integers = analyzer.inputs[0].dtype.is_integer
        return {"file": str(path), "size": write_vocabulary(path, result, analyzer.analysis, integers=integers)}
    shapes = {tuple(one.tensor.shape) for one in trace.deferred if one.analyzer == analyzer.name}
    return analyzer.analysis.values(result, shapes.pop() if shapes else ())
