"""Labels: one value a row, or none."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.extractors.extractor import Extractor, extractor
from argosy.model_analysis.extracts import FEATURES, LABELS, Extracts, batch_size


def labels_extractor(config: EvalConfig) -> Extractor:
    """Returns the stage that adds `labels` for every model."""
    return extractor("ExtractLabels", _Extract(keys={spec.name: spec.label_key for spec in config.model_specs}))


def single_values(column: pa.Array | None, rows: int, name: str) -> np.ndarray:
    """Returns a list column's values: numbers [n] with NaN for none, or an object array of str with None for none.

    Raises:
        DataError: A row has several values, or a value is not UTF-8 text.
    """
    if column is None or pa.types.is_null(column.type):
        return np.full(rows, np.nan)
    lengths = np.diff(column.offsets.to_numpy())
    lengths[column.is_null().to_numpy(zero_copy_only=False)] = 0
    if (lengths > 1).any():
        raise DataError(f"feature {name!r} has {lengths.max()} values in a row; as a label or weight it may have one")
    values = column.flatten()
    if pa.types.is_binary(values.type):
        try:
            texts = values.cast(pa.string())
        except pa.ArrowInvalid as error:
            raise DataError(f"feature {name!r} has a value that is not UTF-8 text") from error
        found = np.full(rows, None, object)
        found[lengths == 1] = texts.to_numpy(zero_copy_only=False)
        return found
    numbers = np.full(rows, np.nan)
    numbers[lengths == 1] = pc.cast(values, pa.float64(), safe=False).to_numpy()
    return numbers


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Extract:
    """Reads the label column of each model."""

    keys: Mapping[str, str]

    def __call__(self, extracts: Extracts) -> Extracts:
        columns = {key: single_values(extracts[FEATURES].get(key), batch_size(extracts), key) for key in self._wanted()}
        return {**extracts, LABELS: {name: columns[key] for name, key in self.keys.items()}}

    def _wanted(self) -> set[str]:
        return set(self.keys.values())
