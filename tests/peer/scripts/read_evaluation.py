"""What TFMA reads in an evaluation: every metric of every slice, the verdict, and the configuration."""

import json
import sys

import tensorflow_model_analysis as tfma  # type: ignore[import-not-found]

[path] = json.loads(sys.argv[1]).values()
result = tfma.load_eval_result(path)
metrics = []
for slice_key, by_output in result.slicing_metrics:
    for by_sub_key in by_output.values():
        for sub_key, values in by_sub_key.items():
            for name, value in values.items():
                metrics.append([[list(part) for part in slice_key], str(sub_key), name, value.get("doubleValue")])
verdict = tfma.load_validation_result(path)
answer = {
    "metrics": metrics,
    "plots": sorted(
        name for _, by_output in result.plots for sub in by_output.values() for v in sub.values() for name in v
    ),
    "ok": verdict.validation_ok,
    "label": result.config.model_specs[0].label_key,
    "slices": [list(spec.feature_keys) for spec in result.config.slicing_specs],
}
print(json.dumps(answer))
