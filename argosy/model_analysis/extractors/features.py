"""Features: the columns of the rows as they were read."""

import pyarrow as pa

from argosy.examples.read import RAW_RECORD
from argosy.model_analysis.extractors.extractor import Extractor, extractor
from argosy.model_analysis.extracts import ARROW_RECORD_BATCH, FEATURES, INPUT, Extracts


def features_extractor() -> Extractor:
    """Returns the stage that adds `features`, and `input` where the rows came with their serialized form."""
    return extractor("ExtractFeatures", extract_features)


def batch_extracts(batch: pa.RecordBatch) -> Extracts:
    """Returns the Extracts that stand at the beginning: the batch alone."""
    return {ARROW_RECORD_BATCH: batch}


def extract_features(extracts: Extracts) -> Extracts:
    """Returns the Extracts with `features`: name -> list column."""
    batch: pa.RecordBatch = extracts[ARROW_RECORD_BATCH]
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    raw = columns.pop(RAW_RECORD, None)
    return {**extracts, FEATURES: columns, **({} if raw is None else {INPUT: raw})}
