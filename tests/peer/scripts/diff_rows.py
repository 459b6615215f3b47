"""The skew of rows by TFDV, and ours as its readers read it.

{base, test: TFRecord files; config: {name: DetectFeatureSkewImpl's arguments}; ours: {name: folder}} ->
{name: {ours, theirs: {stats, match, confusion: texts of protos, sorted; pairs: [[base, test] as hex], sorted}}}
"""

import json
import sys
import tempfile
from pathlib import Path

import apache_beam as beam
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions
from tensorflow_data_validation.skew import feature_skew_detector as skew  # type: ignore[import-not-found]

IN_MEMORY = PipelineOptions(["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"])
READERS = {
    "stats": ("skew_stats", skew.skew_results_iterator),
    "match": ("match_stats", skew.match_stats_iterator),
    "confusion": ("confusion", skew.confusion_count_iterator),
    "pairs": ("sample_pairs", skew.skew_pair_iterator),
}


def read(folder):
    found = {}
    for name, (file, reader) in READERS.items():
        present = list(Path(folder).glob(f"{file}-*-of-*"))
        records = list(reader(f"{folder}/{file}")) if present else []
        found[name] = sorted(
            [features(one.base), features(one.test), sorted(one.mismatched_features), sorted(one.matched_features)]
            if name == "pairs"
            else str(one)
            for one in records
        )
    return found


def features(record):
    example = tf.train.Example.FromString(record).features.feature
    return str(sorted((name, str(value)) for name, value in example.items() if value.WhichOneof("kind")))


def examples(pipeline, file, label):
    return (
        pipeline
        | f"Read {label}" >> beam.io.ReadFromTFRecord(file)
        | f"Parse {label}" >> beam.Map(tf.train.Example.FromString)
    )


request = json.loads(sys.argv[1])
answer = {}
for name, config in request["config"].items():
    folder = tempfile.mkdtemp()
    config["confusion_configs"] = [skew.ConfusionConfig(name=one) for one in config.get("confusion_configs", [])]
    with beam.Pipeline(options=IN_MEMORY) as pipeline:
        sides = tuple(examples(pipeline, request[side], side) for side in ("base", "test"))
        results = sides | skew.DetectFeatureSkewImpl(**config)
        sinks = {
            skew.SKEW_RESULTS_KEY: (skew.skew_results_sink, "skew_stats"),
            skew.SKEW_PAIRS_KEY: (skew.skew_pair_sink, "sample_pairs"),
            skew.MATCH_STATS_KEY: (skew.match_stats_sink, "match_stats"),
            skew.CONFUSION_KEY: (skew.confusion_count_sink, "confusion"),
        }
        for key, (sink, file) in sinks.items():
            if key in results:
                _ = results[key] | f"Write {file}" >> sink(f"{folder}/{file}")
    answer[name] = {"ours": read(request["ours"][name]), "theirs": read(folder)}
print(json.dumps(answer))
