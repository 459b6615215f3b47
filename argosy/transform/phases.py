"""The order of the passes over the data: an analyzer of another one's output runs in a later pass."""

from argosy.transform.analyses import VocabularyAnalysis
from argosy.transform.graph import ancestors, components, node_name
from argosy.transform.recorder import Analyzer
from argosy.transform.trace import Trace


def phases(trace: Trace) -> tuple[tuple[Analyzer, ...], ...]:
    """Returns the analyzers that have to run, pass by pass.

    An analyzer that no output depends on is left out, unless it is a vocabulary: its file is an output of its own.
    """
    order: dict[str, int] = {}
    by_name = {analyzer.name: analyzer for analyzer in trace.analyzers}
    wanted = _analyzers_above(trace, _names(components(trace.outputs)))
    wanted |= {a.name for a in trace.analyzers if isinstance(a.analysis, VocabularyAnalysis)}
    for name in wanted:
        _place(trace, by_name[name], by_name, order)
    count = 1 + max(order.values(), default=-1)
    return tuple(
        tuple(analyzer for analyzer in trace.analyzers if order.get(analyzer.name) == phase) for phase in range(count)
    )


def read_features(trace: Trace, tensors: list[str]) -> list[str]:
    """Returns the input features that the tensors depend on, results of analyzers aside."""
    above = ancestors(trace.graph_def, tensors)
    return [
        name
        for name, placeholder in trace.inputs.items()
        if any(node_name(part.name) in above for part in components(placeholder))
    ]


def _place(trace: Trace, analyzer: Analyzer, by_name: dict[str, Analyzer], order: dict[str, int]) -> int:
    """Returns the analyzer's pass, from 0, and notes it and those of all analyzers that it depends on."""
    if analyzer.name not in order:
        earlier = _analyzers_above(trace, _names(analyzer.inputs))
        order[analyzer.name] = 1 + max((_place(trace, by_name[name], by_name, order) for name in earlier), default=-1)
    return order[analyzer.name]


def _analyzers_above(trace: Trace, tensors: list[str]) -> set[str]:
    above = ancestors(trace.graph_def, tensors)
    return {deferred.analyzer for deferred in trace.deferred if node_name(deferred.tensor.name) in above}


def _names(tensors: object) -> list[str]:
    return [tensor.name for tensor in components(tensors)]
