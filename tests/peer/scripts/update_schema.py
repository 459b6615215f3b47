"""Schemas by TFDV of statistics that are given: {cases: {name: {statistics, schema, ...}}} -> {name: theirs}.

`statistics` is a serialized DatasetFeatureStatisticsList in base64, `schema` a Schema as text; empty: one is inferred.
"""

import base64
import json
import sys

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

answer = {}
for name, case in json.loads(sys.argv[1])["cases"].items():
    statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString(base64.b64decode(case["statistics"]))
    if case["schema"]:
        schema = text_format.Parse(case["schema"], schema_pb2.Schema())
        theirs = tfdv.update_schema(schema, statistics, **case["options"])
    else:
        theirs = tfdv.infer_schema(statistics, **case["options"])
    answer[name] = str(theirs)
print(json.dumps(answer))
