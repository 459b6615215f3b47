"""Rows: Arrow batches in memory; on disk serialized tf.Examples or SequenceExamples in TFRecord files, or Parquet.

    for batch in read_examples("…/examples", "train", columns=["species", "year"], schema=schema): ...
    with ExamplesWriter("…/examples", "train", payload_format="FORMAT_PARQUET") as writer:
        writer.write(batch)

Every column of a batch is list<int64>, list<float32> or list<binary> (or null, when no row says what it is): null is a
missing value, [] is present and empty, and a single value is a list of one. A feature list of SequenceExamples is a
column of lists of such lists. `layout` says where files lie (`split_patterns`: those of others), `payload` what their
names mean; `codec` (tf.Examples) and `sequence` turn batches into records and back, `tfrecord` frames them, `parquet`
needs neither; `beam` reads and writes in a pipeline. Nothing here imports TensorFlow; only `beam` imports Apache Beam.
"""

from typing import Any

from argosy.examples.layout import split_files, split_names, split_path
from argosy.examples.split_patterns import with_split_patterns

_HOME = {
    "ExamplesWriter": "write",
    "decode_examples": "codec",
    "encode_examples": "codec",
    "read_examples": "read",
    "write_examples": "write",
}

__all__ = [
    "ExamplesWriter",
    "decode_examples",
    "encode_examples",
    "read_examples",
    "split_files",
    "split_names",
    "split_path",
    "with_split_patterns",
    "write_examples",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
