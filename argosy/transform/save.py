"""Part of a trace as a SavedModel: placeholders of analyzers replaced by what they found.

The SavedModel is what TensorFlow Transform 1.16 reads: one function `transform_fn(inputs) -> outputs` over dicts, flat
(no call inside), so that a reader sees which output depends on which input; vocabularies are its assets.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from argosy.transform.graph import ancestors, components, node_name, splice
from argosy.transform.recorder import Deferred
from argosy.transform.trace import Trace

Results = Mapping[str, Mapping[str, Any]]
"""By analyzer, its fields: arrays, or for a vocabulary `file` (a path) and `size`."""


def save_graph(
    trace: Trace, fetches: Mapping[str, Any], results: Results, directory: str, *, features: list[str] | None = None
) -> None:
    """Saves a function from the features to the fetches.

    Args:
        trace: The traced preprocessing_fn.
        fetches: Tensors of the traced graph, by the name that the function returns each under.
        results: Of every analyzer that the fetches depend on; all vocabularies among them become assets.
        directory: The SavedModel's, which does not exist or is empty.
        features: What the function takes; None: all inputs.
    """
    specs = dict(trace.specs) if features is None else {name: trace.specs[name] for name in features}
    needed = ancestors(trace.graph_def, [tensor.name for tensor in components(dict(fetches))])
    deferred = [one for one in trace.deferred if node_name(one.tensor.name) in needed]
    module = tf.Module()
    module.assets = {name: tf.saved_model.Asset(fields["file"]) for name, fields in results.items() if "file" in fields}
    module.tables = {
        f"{one.analyzer}_{one.field}": _table(results[one.analyzer]["file"], one)
        for one in deferred
        if one.tensor.dtype == tf.resource
    }
    module.resources = list(trace.resources)

    def transform_fn(inputs: dict[str, Any]) -> dict[str, Any]:
        replacements: dict[str, tf.Tensor] = {}
        for name, given in inputs.items():
            places = components(trace.inputs[name])
            replacements |= {place.name: part for place, part in zip(places, components(given), strict=True)}
        replacements |= {one.tensor.name: _value(module, one, results) for one in deferred}
        for external, internal in trace.graph.captures:
            if node_name(internal.name) in needed:
                is_table = external.dtype == tf.resource
                replacements[internal.name] = tf.identity(external) if is_table else tf.constant(external.numpy())
        copies = splice(trace.graph_def, components(dict(fetches)), replacements)
        return tf.nest.pack_sequence_as(dict(fetches), copies, expand_composites=True)

    module.transform_fn = _concrete(transform_fn, specs)
    tf.saved_model.save(module, directory, signatures={})


def _concrete(function: Callable[..., Any], specs: Mapping[str, Any]) -> Any:
    """Returns the function traced as TensorFlow Transform's loader expects it: callable with flat arguments.

    Unlike tf.function, wrap_function adds no control dependencies, which would tie every output to every look-up.
    """
    wrapped = tf.compat.v1.wrap_function(function, [specs])
    feeds = wrapped.inputs[: len(wrapped.inputs) - len(wrapped.captured_inputs)]
    pruned = wrapped.prune(feeds, wrapped.structured_outputs, input_signature=wrapped.structured_input_signature)
    for output, original in zip(pruned.outputs, wrapped.outputs, strict=True):
        output.set_shape(original.shape)
    return pruned


def _table(path: str, deferred: Deferred) -> Any:
    dtype = tf.as_dtype(deferred.field.removeprefix("table_"))
    initializer = tf.lookup.TextFileInitializer(
        path, dtype, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    return tf.lookup.StaticHashTable(initializer, -1)


def _value(module: Any, deferred: Deferred, results: Results) -> tf.Tensor:
    """Returns what takes the place of the placeholder, inside the function that is being traced."""
    if deferred.tensor.dtype == tf.resource:
        return tf.identity(module.tables[f"{deferred.analyzer}_{deferred.field}"].resource_handle)
    if deferred.field == "file":
        return tf.identity(module.assets[deferred.analyzer].asset_path)
    value = np.asarray(results[deferred.analyzer][deferred.field])
    return tf.constant(_clipped(value, deferred.tensor.dtype), deferred.tensor.dtype)


def _clipped(value: np.ndarray, dtype: Any) -> np.ndarray:
    """Returns the value as that type; what is beyond an integer type's range as its ends."""
    if not dtype.is_integer:
        return value.astype(dtype.as_numpy_dtype)
    # The largest int64 is 2**63 as a float64, which is no int64 any more.
    low, high = value <= float(dtype.min), value >= float(dtype.max)
    inside = np.where(low | high, 0, value).astype(dtype.as_numpy_dtype)
    return np.where(high, dtype.max, np.where(low, dtype.min, inside))
