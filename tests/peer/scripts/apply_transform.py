"""A transform graph by TFT, applied to rows and asked about itself.

{graph, splits: {name: {raw, transformed}}, leave_out, bucketized, vocabulary} -> {splits: {name: outputs}, ...}
"""

import json
import sys

import tensorflow as tf
import tensorflow_transform as tft  # type: ignore[import-not-found]

request = json.loads(sys.argv[1])
graph = tft.TFTransformOutput(request["graph"])


def parsed(files, spec):
    """All rows of the files as one batch, parsed by the spec."""
    dataset = tf.data.TFRecordDataset(sorted(tf.io.gfile.glob(files)), compression_type="GZIP")
    return tf.io.parse_example(list(dataset.as_numpy_iterator()), spec)


def plain(tensors):
    dense = {name: tf.sparse.to_dense(t) if isinstance(t, tf.SparseTensor) else t for name, t in tensors.items()}
    return {name: tensor.numpy().tolist() for name, tensor in dense.items()}


def described(spec):
    return {name: [type(one).__name__, list(getattr(one, "shape", [])), one.dtype.name] for name, one in spec.items()}


splits = {}
for name, split in request["splits"].items():
    raw = parsed(split["raw"], graph.raw_feature_spec())
    some = {key: tensor for key, tensor in raw.items() if key not in request["leave_out"]}
    splits[name] = {
        "transformed": plain(graph.transform_raw_features(raw)),
        "by_layer": plain(graph.transform_features_layer()(raw)),
        "without": plain(graph.transform_raw_features(some)),
        "offline": plain(parsed(split["transformed"], graph.transformed_feature_spec())),
    }
answer = {
    "splits": splits,
    "raw_spec": described(graph.raw_feature_spec()),
    "transformed_spec": described(graph.transformed_feature_spec()),
    "domains": {
        name: [domain.min, domain.max, domain.is_categorical] for name, domain in graph.transformed_domains().items()
    },
    "buckets": {name: graph.num_buckets_for_transformed_feature(name) for name in request["bucketized"]},
    "vocabulary": [token.decode() for token in graph.vocabulary_by_name(request["vocabulary"])],
    "vocabulary_size": graph.vocabulary_size_by_name(request["vocabulary"]),
}
print(json.dumps(answer))
