"""Example weights: how much each row counts."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from argosy.errors import DataError
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.extractors.extractor import Extractor, extractor
from argosy.model_analysis.extractors.labels import single_values
from argosy.model_analysis.extracts import EXAMPLE_WEIGHTS, FEATURES, Extracts, Floats, batch_size


def example_weights_extractor(config: EvalConfig) -> Extractor:
    """Returns the stage that adds `example_weights` for every model with a weight key; a row without one weighs 1."""
    keys = {spec.name: spec.example_weight_key for spec in config.model_specs if spec.example_weight_key}
    return extractor("ExtractExampleWeights", _Extract(keys=keys))


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Extract:
    """Reads the weight column of each model."""

    keys: Mapping[str, str]

    def __call__(self, extracts: Extracts) -> Extracts:
        return {**extracts, EXAMPLE_WEIGHTS: {name: _weights(extracts, key) for name, key in self.keys.items()}}


def _weights(extracts: Extracts, key: str) -> Floats:
    values = single_values(extracts[FEATURES].get(key), batch_size(extracts), key)
    if values.dtype == object:
        raise DataError(f"feature {key!r} holds text; example weights have to be numbers")
    weights = np.where(np.isnan(values), 1.0, values)
    if (weights < 0).any():
        raise DataError(f"feature {key!r} has the value {weights.min():g}; example weights cannot be negative")
    return weights
