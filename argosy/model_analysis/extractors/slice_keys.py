"""Slice keys: which rows of the batch are in which slices."""

import dataclasses

from argosy.model_analysis.config import EvalConfig, SlicingSpec
from argosy.model_analysis.extractors.extractor import Extractor, extractor
from argosy.model_analysis.extracts import FEATURES, SLICE_KEYS, Extracts, batch_size
from argosy.model_analysis.slicing import slice_rows


def slice_keys_extractor(config: EvalConfig) -> Extractor:
    """Returns the stage that adds `slice_keys`: slice -> row numbers; the overall slice is always there."""
    return extractor("ExtractSliceKeys", _Extract(specs=config.slicing_specs))


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Extract:
    """Finds the slices of each batch."""

    specs: tuple[SlicingSpec, ...]

    def __call__(self, extracts: Extracts) -> Extracts:
        return {**extracts, SLICE_KEYS: slice_rows(extracts[FEATURES], batch_size(extracts), self.specs)}
