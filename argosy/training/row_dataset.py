"""Rows of any payload as a tf.data.Dataset: read in large chunks, cut into batches by TensorFlow."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from argosy.examples.layout import split_files
from argosy.schema import Feature
from argosy.training.chunk_tensors import batch_tensors, chunk_arrays, chunk_signature
from argosy.training.chunks import chunks
from argosy.training.label import parsed_features, split_label
from argosy.training.options import TensorFlowDatasetOptions

_MOST_SEEDS = 2**31 - 1


def examples_dataset(
    uri: str,
    split: str,
    *,
    schema: Any,
    batch_size: int,
    columns: Sequence[str] | None = None,
    label_key: str | None = None,
    shuffle: bool = False,
    shuffle_seed: int | None = None,
    num_epochs: int | None = 1,
    drop_final_batch: bool = False,
) -> tf.data.Dataset:
    """Returns the rows of a split as batches: dicts of tensors by feature, or (such a dict, label) with a label_key.

    A feature of fixed shape is a tensor [batch, *shape], any other a SparseTensor, as `tf.io.parse_example` gives them.

    Args:
        uri: The folder of an Examples artifact: local, or on s3:// or gs://.
        split: The name of the split.
        schema: An argosy.schema.Schema or TensorFlow Metadata's proto.
        batch_size: Rows per batch.
        columns: The features to read; None: all of the schema.
        label_key: The feature that is split off.
        shuffle: Whether files, and the rows within some 50,000, come in another order, anew in every epoch.
        shuffle_seed: For the same order in every run; None: TensorFlow's global seed decides.
        num_epochs: How often all rows are read; None: without end.
        drop_final_batch: Whether a last batch of fewer rows is left out.

    Raises:
        ArtifactError: There is no such split.
        ParameterError: A column or the label is not in the schema.
        StorageError: The store does not say.
    """
    options = TensorFlowDatasetOptions(
        batch_size=batch_size,
        label_key=label_key,
        shuffle=shuffle,
        shuffle_seed=shuffle_seed,
        num_epochs=num_epochs,
        drop_final_batch=drop_final_batch,
    )
    return dataset_of_files(split_files(uri, split), parsed_features(schema, label_key, columns), options)


def dataset_of_files(
    files: Sequence[str], features: tuple[Feature, ...], options: TensorFlowDatasetOptions
) -> tf.data.Dataset:
    """Returns the same of these files and features."""
    seed = options.shuffle_seed
    if seed is None:
        seed = int(tf.random.uniform([], maxval=_MOST_SEEDS, dtype=tf.int32)) if options.shuffle else 0
    # It lives as long as the dataset, so that each time that is read again the order is another.
    random = np.random.default_rng(seed)

    def read() -> Iterator[tuple[Any, ...]]:
        for chunk in chunks(files, features, options, random):
            yield chunk_arrays(chunk, features)

    def cut(*chunk: tf.Tensor) -> tf.data.Dataset:
        starts = tf.data.Dataset.range(0, chunk[0], options.batch_size)
        return starts.map(lambda start: batch(chunk, start), options.parser_num_threads or tf.data.AUTOTUNE)

    def batch(chunk: Sequence[tf.Tensor], start: tf.Tensor) -> Any:
        stop = tf.minimum(start + options.batch_size, chunk[0])
        return split_label(batch_tensors(chunk, features, start, stop), options.label_key)

    read_ahead = tf.data.Dataset.from_generator(read, output_signature=chunk_signature(features)).prefetch(1)
    return read_ahead.flat_map(cut).prefetch(options.prefetch_buffer_size or tf.data.AUTOTUNE)
