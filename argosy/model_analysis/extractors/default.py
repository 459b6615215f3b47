"""The extractors that an evaluation runs unless it is given others."""

from collections.abc import Mapping

from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.extractors.example_weights import example_weights_extractor
from argosy.model_analysis.extractors.extractor import Extractor
from argosy.model_analysis.extractors.features import features_extractor
from argosy.model_analysis.extractors.labels import labels_extractor
from argosy.model_analysis.extractors.predictions import EvalModel, predictions_extractor
from argosy.model_analysis.extractors.slice_keys import slice_keys_extractor


def default_extractors(config: EvalConfig, models: Mapping[str, EvalModel]) -> list[Extractor]:
    """Returns features, labels, example weights, predictions, slice keys, in this order."""
    return [
        features_extractor(),
        labels_extractor(config),
        example_weights_extractor(config),
        predictions_extractor(config, models),
        slice_keys_extractor(config),
    ]
