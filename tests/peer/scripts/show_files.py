"""What TFDV shows of our files.

{statistics, statistics_text, slice, anomalies, anomalies_text, schema} -> {slices: {name: {rows, types, top: values}},
page: {dataset: features} within its HTML of all rows beside the slice, tables: {name: rows}, names: of its functions}.
"""

import base64
import json
import re
import sys
from pathlib import Path

import tensorflow_data_validation as tfdv  # type: ignore[import-not-found]
from tensorflow_data_validation.utils import display_util, stats_util  # type: ignore[import-not-found]
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

request = json.loads(sys.argv[1])
statistics = tfdv.load_stats_binary(request["statistics"])
assert statistics == tfdv.load_stats_text(request["statistics_text"])
anomalies = anomalies_pb2.Anomalies.FromString(Path(request["anomalies"]).read_bytes())
assert anomalies == tfdv.load_anomalies_text(request["anomalies_text"])
schema = tfdv.load_schema_text(request["schema"])


def path(feature):
    return ".".join(feature.path.step)


def told(feature):
    strings = feature.string_statistics()
    return {
        "type": statistics_pb2.FeatureNameStatistics.Type.Name(feature.proto().type),
        "missing": feature.common_statistics().num_missing,
        "top": [entry.value for entry in strings.top_values] if strings else [],
    }


view = stats_util.DatasetListView(statistics)
slices = {
    name: {path(feature.proto()): told(feature) for feature in map(part.get_feature, part.list_features())}
    for name in view.list_slices()
    for part in [view.get_slice(name)]
}
assert view.get_default_slice_or_die().proto().name == "All Examples"

side = statistics_pb2.DatasetFeatureStatisticsList(datasets=[view.get_slice(request["slice"]).proto()])
markup = tfdv.get_statistics_html(statistics, side, lhs_name="all", rhs_name="slice")
(encoded,) = re.findall(r'proto-input="([^"]+)"', markup)
shown = statistics_pb2.DatasetFeatureStatisticsList.FromString(base64.b64decode(encoded))
page = {one.name: sorted(map(path, one.features)) for one in shown.datasets}

features, domains = display_util.get_schema_dataframe(schema)
tables = {
    "anomalies": display_util.get_anomalies_dataframe(anomalies),
    "distances": display_util.get_drift_skew_dataframe(anomalies),
    "features": features,
    "domains": domains,
}
rows = {name: table.reset_index().astype(str).values.tolist() for name, table in tables.items()}
names = [name for name in dir(tfdv) if not name.startswith("_") and callable(getattr(tfdv, name))]
print(json.dumps({"slices": slices, "page": page, "tables": rows, "names": names}))
