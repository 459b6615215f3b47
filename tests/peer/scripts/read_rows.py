"""Rows of tf.Examples, read in several ways: {datasets: {name: {files, schema}}} -> {name: {way: rows}}."""

import json
import sys
from pathlib import Path

import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.public import tfxio  # type: ignore[import-not-found]

request = json.loads(sys.argv[1])


def plain(values):
    return [value.decode("latin-1") if isinstance(value, bytes) else value for value in values]


def proto_rows(records):
    """By TFRecordDataset and the proto: a feature that a record does not name is not in its row."""
    rows = []
    for record in records:
        features = tf.train.Example.FromString(record).features.feature
        kinds = {name: feature.WhichOneof("kind") for name, feature in features.items()}
        rows.append({name: plain(getattr(features[name], kind).value) for name, kind in kinds.items() if kind})
    return rows


def parsed_rows(records, schema):
    """By tf.io: a row has the features of which it has values."""
    types = {schema_pb2.BYTES: tf.string, schema_pb2.INT: tf.int64, schema_pb2.FLOAT: tf.float32}
    parsed = tf.io.parse_example(
        records, {feature.name: tf.io.VarLenFeature(types[feature.type]) for feature in schema.feature}
    )
    rows: list[dict] = [{} for _ in records]
    for name, sparse in parsed.items():
        for (row, _), value in zip(sparse.indices.numpy(), plain(sparse.values.numpy().tolist()), strict=True):
            rows[row].setdefault(name, []).append(value)
    return rows


def columnar_rows(files, schema):
    """By tfx_bsl, as TFX's components read: null where a row lacks a feature."""
    source = tfxio.TFExampleRecord(files, telemetry_descriptors=["peer"], schema=schema)
    options = tfxio.RecordBatchesOptions(batch_size=100, num_epochs=1, shuffle=False)
    rows = [row for batch in source.RecordBatches(options) for row in batch.to_pylist()]
    return [{name: None if values is None else plain(values) for name, values in row.items()} for row in rows]


answer = {}
for name, dataset in request["datasets"].items():
    files = sorted(tf.io.gfile.glob(dataset["files"]))
    records = list(tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator())
    schema = text_format.Parse(Path(dataset["schema"]).read_text(), schema_pb2.Schema())
    answer[name] = {
        "protos": proto_rows(records),
        "parsed": parsed_rows(records, schema),
        "columnar": columnar_rows(dataset["files"], schema),
        "columnar_without_schema": columnar_rows(dataset["files"], None),
    }
print(json.dumps(answer))
