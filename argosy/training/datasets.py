"""Rows as training reads them: a tf.data.Dataset of dicts of tensors, or Arrow batches."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import tensorflow as tf

from argosy.errors import DataError
from argosy.examples.payload import TF_EXAMPLE, payload_of
from argosy.examples.read import RAW_RECORD, read_file
from argosy.saved_model.parsing import feature_spec
from argosy.schema import Schema
from argosy.training.fn_args import DataAccessor
from argosy.training.label import parsed_features, split_label
from argosy.training.options import RecordBatchesOptions, TensorFlowDatasetOptions
from argosy.training.row_dataset import dataset_of_files
from argosy.training.whole_batches import whole_batches


def data_accessor() -> DataAccessor:
    """Returns the ways to read rows, of whatever payload."""
    return DataAccessor(tf_dataset_factory=tf_dataset_factory, record_batch_factory=record_batch_factory)


def tf_dataset_factory(
    file_patterns: str | Sequence[str], options: TensorFlowDatasetOptions, schema: Any = None
) -> tf.data.Dataset:
    """Returns the rows as batches: dicts of tensors by feature, or (such a dict, label) where a label_key is given.

    A feature of fixed shape is a tensor [batch, *shape], any other a SparseTensor.

    Args:
        file_patterns: Globs, as fn_args.train_files has them.
        options: How to read.
        schema: An argosy.schema.Schema or TensorFlow Metadata's proto; it decides what is parsed.

    Raises:
        DataError: No file matches.
        ParameterError: There is no schema, or it has no feature of the label's name.
    """
    features = parsed_features(schema, options.label_key)
    files = matching_files(file_patterns)
    if any(payload_of(file) != TF_EXAMPLE for file in files):
        return dataset_of_files(files, features, options)
    spec = feature_spec(features)

    def parse(serialized: tf.Tensor) -> Any:
        return split_label(tf.io.parse_example(serialized, spec), options.label_key)

    # Parsed by the batch: parsing row by row costs ten times as much.
    records = _records(files, options)
    batches = records.batch(options.batch_size, drop_remainder=options.drop_final_batch)
    parsed = batches.map(parse, options.parser_num_threads or tf.data.AUTOTUNE, not options.sloppy_ordering)
    return parsed.prefetch(options.prefetch_buffer_size or tf.data.AUTOTUNE)


def record_batch_factory(
    file_patterns: str | Sequence[str], options: RecordBatchesOptions, schema: Any = None
) -> Iterator[pa.RecordBatch]:
    """Yields the rows as Arrow batches whose columns are lists; those of the schema, or all that a batch has without.

    Batches go on over the ends of files and epochs, so all but the last have `batch_size` rows.

    Raises:
        DataError: No file matches, a file is damaged, or a batch of so many rows is over 2 GiB.
    """
    features = None if schema is None else Schema(features=parsed_features(schema))
    rows = _epochs(matching_files(file_patterns), features, options)
    yield from whole_batches(rows, options.batch_size, drop_final=options.drop_final_batch)


def matching_files(file_patterns: str | Sequence[str]) -> list[str]:
    """Returns the files that the globs match, sorted within each.

    Raises:
        DataError: There is none.
    """
    patterns = [file_patterns] if isinstance(file_patterns, str) else list(file_patterns)
    files = [file for pattern in patterns for file in sorted(tf.io.gfile.glob(pattern))]
    if not files:
        raise DataError(
            f"no file matches {patterns}; are the splits in train_args and eval_args those of the examples?"
        )
    return files


def serialized_examples(file_patterns: str | Sequence[str], limit: int) -> list[bytes]:
    """Returns at most `limit` rows as serialized tf.Examples, in the files' order."""
    found: list[bytes] = []
    for file in matching_files(file_patterns):
        for batch in read_file(file, columns=[], batch_size=limit, with_raw=True):
            found += batch.column(RAW_RECORD).to_pylist()[: limit - len(found)]
            if len(found) == limit:
                return found
    return found


def _epochs(files: Sequence[str], schema: Schema | None, options: RecordBatchesOptions) -> Iterator[pa.RecordBatch]:
    for _ in itertools.count() if options.num_epochs is None else range(options.num_epochs):
        empty = True
        for file in files:
            for batch in read_file(file, schema=schema, batch_size=options.batch_size):
                empty = empty and not len(batch)
                yield batch
        if empty:
            return


def _records(files: list[str], options: TensorFlowDatasetOptions) -> tf.data.Dataset:
    paths = tf.data.Dataset.from_tensor_slices(files)
    if options.shuffle:
        paths = paths.shuffle(len(files), seed=options.shuffle_seed)
    records = paths.interleave(
        lambda path: tf.data.TFRecordDataset(
            path, tf.where(tf.strings.regex_full_match(path, r"(?s).*\.gz"), "GZIP", "")
        ),
        cycle_length=options.reader_num_threads or 1,
        num_parallel_calls=options.reader_num_threads or 1,
        deterministic=not options.sloppy_ordering,
    )
    if options.shuffle:
        records = records.shuffle(options.shuffle_buffer_size, seed=options.shuffle_seed)
    return records.repeat(options.num_epochs)
