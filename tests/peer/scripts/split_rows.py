"""How TFX's CsvExampleGen deals the rows of a CSV file: {file, splits: [[name, buckets]], feature} -> {split: rows}.

Types are tfx_bsl's. Records are made and dealt by TFX itself where it is installed, else by what its executors say.
"""

import bisect
import csv
import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import tensorflow as tf
from tfx_bsl.coders import csv_decoder  # type: ignore[import-not-found]

request = json.loads(sys.argv[1])
splits = [name for name, _ in request["splits"]]
bounds = [sum(buckets for _, buckets in request["splits"][: k + 1]) for k in range(len(splits))]
feature_name = request.get("feature", "")


def features_of(cells, columns):
    """A missing cell is a list of its column's kind without values; in a column without any value, no list at all."""
    fields: dict[str, tuple[str, Any]] = {
        "INT": ("int64_list", int),
        "FLOAT": ("float_list", float),
        "STRING": ("bytes_list", str.encode),
    }
    record = tf.train.Example()
    for cell, column in zip(cells, columns, strict=True):
        feature = record.features.feature[column.name]
        if column.type.name in fields:
            field, make = fields[column.type.name]
            getattr(feature, field).SetInParent()
            getattr(feature, field).value.extend([make(cell)] if cell else [])
    return record


def partition(record):
    key = record.features.feature[feature_name] if feature_name else record
    digest = hashlib.sha256(key.SerializeToString(deterministic=True)).hexdigest()
    return bisect.bisect(bounds, int(digest, 16) % bounds[-1])


def makers():
    try:
        from tfx.components.example_gen import base_example_gen_executor  # type: ignore[import-not-found]
        from tfx.components.example_gen.csv_example_gen import executor  # type: ignore[import-not-found]
    except ImportError:
        return features_of, partition
    parse = executor._ParsedCsvToTfExample()
    config = SimpleNamespace(partition_feature_name=feature_name, HasField=lambda _: bool(feature_name))
    return (
        lambda cells, columns: next(iter(parse.process([cell.encode() for cell in cells], columns))),
        lambda record: base_example_gen_executor._PartitionFn(record, len(splits), bounds, config),
    )


header, *rows = list(csv.reader(Path(request["file"]).read_text().splitlines()))
inferrer = csv_decoder.ColumnTypeInferrer(header, skip_blank_lines=True)
kinds = inferrer.create_accumulator()
for row in rows:
    kinds = inferrer.add_input(kinds, [cell.encode() for cell in row])
columns = inferrer.extract_output(kinds)
make, deal = makers()

answer: dict[str, list] = {split: [] for split in splits}
for row in rows:
    record = make(row, columns)
    features = record.features.feature
    values = {
        name: list(getattr(f, f.WhichOneof("kind")).value) if f.WhichOneof("kind") else []
        for name, f in features.items()
    }
    answer[splits[deal(record)]].append(
        {name: [v.decode("latin-1") if isinstance(v, bytes) else v for v in found] for name, found in values.items()}
    )
print(json.dumps(answer))
