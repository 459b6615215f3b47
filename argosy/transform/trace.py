"""preprocessing_fn, called once on placeholders: a graph, the analyzers in it, and the outputs.

It is traced a single time, whatever the number of analysis passes: results of analyzers are placeholders that
constants, tables and files replace later, in copies of parts of the graph. So a side effect of the user's code happens
once, and what training, serving and the offline transform run is one graph. An assertion or print in preprocessing_fn
runs only where the user ties it to a tensor by tf.control_dependencies.
"""

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph
from tensorflow.python.trackable.resource import ResourceTracker, resource_tracker_scope

from argosy.errors import UserCodeError
from argosy.transform.inputs import Spec
from argosy.transform.outputs import checked_outputs
from argosy.transform.recorder import Analyzer, Categories, Deferred, Recorder, recording

_PYTHON_OPS = ("EagerPyFunc", "PyFunc", "PyFuncStateless")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trace:
    """A traced preprocessing_fn.

    Attributes:
        graph: The traced graph; it holds its own structure and cannot be pickled.
        graph_def: The same as a GraphDef.
        specs: Type and shape of every input.
        inputs: The placeholders, by feature.
        outputs: What it returned, by feature: dense tensors, or sparse tensors of rank 2.
        analyzers: In the order of the calls.
        deferred: The placeholders of their results.
        categories: By output, the integers that it holds, where that is known.
        resources: Lookup tables that the user's code made.
    """

    graph: Any
    graph_def: Any
    specs: Mapping[str, Spec]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    analyzers: tuple[Analyzer, ...]
    deferred: tuple[Deferred, ...]
    categories: Mapping[str, Categories]
    resources: tuple[Any, ...]


def trace_preprocessing(preprocessing_fn: Callable[..., Any], specs: Mapping[str, Spec]) -> Trace:
    """Returns the trace of one call, `preprocessing_fn({feature: tensor})`.

    Raises:
        UserCodeError: What it returned cannot be the output of a transform; the message names the output.
        Exception: Whatever preprocessing_fn raises.
    """
    graph, tracker = FuncGraph("preprocessing_fn"), ResourceTracker()
    recorder = Recorder(graph=graph)
    with graph.as_default(), resource_tracker_scope(tracker), recording(recorder):
        inputs = {name: _placeholder(spec, f"input_{index}") for index, (name, spec) in enumerate(specs.items())}
        outputs = checked_outputs(preprocessing_fn(dict(inputs)), graph)
    categories = {name: recorder.categories_of(output) for name, output in outputs.items()}
    trace = Trace(
        graph=graph,
        graph_def=graph.as_graph_def(),
        specs=dict(specs),
        inputs=inputs,
        outputs=outputs,
        analyzers=tuple(recorder.analyzers),
        deferred=tuple(recorder.deferred),
        categories={name: found for name, found in categories.items() if found is not None},
        resources=tuple(tracker.resources),
    )
    _refuse_foreign_resources(trace)
    _refuse_python(trace)
    return trace


def _placeholder(spec: Spec, name: str) -> Any:
    if isinstance(spec, tf.TensorSpec):
        return tf.compat.v1.placeholder(spec.dtype, spec.shape, name=name)
    return tf.SparseTensor(
        indices=tf.compat.v1.placeholder(tf.int64, [None, 2], name=f"{name}/indices"),
        values=tf.compat.v1.placeholder(spec.dtype, [None], name=f"{name}/values"),
        dense_shape=tf.compat.v1.placeholder(tf.int64, [2], name=f"{name}/shape"),
    )


def _refuse_foreign_resources(trace: Trace) -> None:
    own = {id(resource.resource_handle) for resource in trace.resources}
    for external, internal in trace.graph.captures:
        if external.dtype == tf.resource and id(external) not in own:
            raise UserCodeError(
                f"preprocessing_fn uses a variable or table that was made outside it ({internal.name}); make lookup "
                "tables inside preprocessing_fn, and no variables at all: the graph has no state of its own"
            )


def _refuse_python(trace: Trace) -> None:
    functions = trace.graph_def.library.function
    nodes = itertools.chain(trace.graph_def.node, *(function.node_def for function in functions))
    for node in nodes:
        if node.op in _PYTHON_OPS:
            raise UserCodeError(
                f"preprocessing_fn calls Python while the graph runs ({node.name}); that works in this process only, "
                "not in training or serving: use TensorFlow's own operations in place of tf.py_function "
                "and tf.numpy_function"
            )
