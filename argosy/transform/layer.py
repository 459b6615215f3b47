"""The saved transform as something to call: eagerly, inside a tf.function, inside a model that is saved again."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from argosy.errors import DataError, did_you_mean
from argosy.transform.graph import ancestors, components, node_name, splice


class TransformFeaturesLayer(tf.Module):
    """Maps raw features to transformed ones: `layer({"age": tensor, ...}) -> {"age_scaled": tensor, ...}`.

    Features may be left out, as labels are when serving: outputs that depend on them are left out too. Set it as an
    attribute of the tf.Module or Keras model that calls it, so that its lookup tables are saved with that; saved so, it
    also works where the model is loaded through a session, as TF Serving does.
    """

    def __init__(self, directory: str) -> None:
        """Loads the SavedModel `transform_fn`."""
        super().__init__(name="transform_features_layer")
        loaded = tf.saved_model.load(directory)
        # Not `loaded` itself: a model that tracks this module would save its function a second time.
        self._owned = [loaded.tables, loaded.assets, loaded.resources]
        function = loaded.transform_fn
        self._graph_def = function.graph.as_graph_def()
        self._specs = dict(function.structured_input_signature[0][0])
        captured = len(function.captured_inputs)
        own = function.inputs[: len(function.inputs) - captured]
        self._captures = list(zip(function.inputs[len(own) :], function.captured_inputs, strict=True))
        self._inputs = tf.nest.pack_sequence_as(self._specs, own, expand_composites=True)
        self._outputs = tf.nest.pack_sequence_as(function.structured_outputs, function.outputs, expand_composites=True)
        self._apply_eagerly = self._by_features()

    @property
    def input_specs(self) -> dict[str, Any]:
        """The type and shape of each raw feature."""
        return dict(self._specs)

    def __call__(self, raw_features: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the outputs that the given features suffice for.

        Args:
            raw_features: By feature, a tensor (or array) or sparse tensor as `input_specs` says; a ragged
                tensor may stand for a sparse one.

        Raises:
            DataError: A feature is unknown, or of another type or shape; the message names it.
        """
        given = {name: self._converted(name, value) for name, value in raw_features.items()}
        outputs: dict[str, Any] = self._apply_eagerly(given) if tf.executing_eagerly() else self._apply(given)
        return outputs

    def _apply(self, given: dict[str, Any]) -> dict[str, Any]:
        outputs = {name: self._outputs[name] for name in self._computable(given)}
        replacements = {
            place.name: part
            for name, value in given.items()
            for place, part in zip(components(self._inputs[name]), components(value), strict=True)
        }
        replacements |= {inner.name: tf.identity(outer) for inner, outer in self._captures}
        copies = splice(self._graph_def, components(outputs), replacements)
        result: dict[str, Any] = tf.nest.pack_sequence_as(outputs, copies, expand_composites=True)
        return result

    def _by_features(self) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """Returns `_apply`, compiled once for each set of features; a closure, so that nothing of it is saved along."""
        functions: dict[frozenset[str], Any] = {}

        def call(given: dict[str, Any]) -> dict[str, Any]:
            names = frozenset(given)
            if names not in functions:
                signature = [{name: self._specs[name] for name in given}]
                function = tf.function(self._apply, input_signature=signature, autograph=False)
                functions[names] = function.get_concrete_function()
            outputs: dict[str, Any] = functions[names](given)
            return outputs

        return call

    def _computable(self, given: Mapping[str, Any]) -> list[str]:
        absent = {
            node_name(t.name) for name in self._specs if name not in given for t in components(self._inputs[name])
        }
        return [
            name
            for name, output in self._outputs.items()
            if not absent & ancestors(self._graph_def, [tensor.name for tensor in components(output)])
        ]

    def _converted(self, name: str, value: Any) -> Any:
        if name not in self._specs:
            raise DataError(f"feature {name!r} is not an input of the transform: {did_you_mean(name, self._specs)}")
        spec = self._specs[name]
        if isinstance(spec, tf.SparseTensorSpec):
            value = value.to_sparse() if isinstance(value, tf.RaggedTensor) else value
        elif isinstance(value, (np.ndarray, list, int, float, str, bytes)):
            value = tf.convert_to_tensor(value, spec.dtype)
        if not spec.is_compatible_with(value):
            found = f"{type(value).__name__} {getattr(value, 'dtype', '')} {getattr(value, 'shape', '')}"
            raise DataError(f"feature {name!r}: expected {spec}, found {found.strip()}")
        return value
