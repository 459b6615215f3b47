"""What a producer records with an artifact reaches its consumers; declared outputs are there."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def make(model: dsl.Output[dsl.Model], metrics: dsl.Output[dsl.Metrics]) -> dsl.ContainerSpec:
    code = """
import json, os, sys
given = json.loads(sys.argv[1])
model = given["outputs"]["artifacts"]["model"]["artifacts"][0]
metrics = given["outputs"]["artifacts"]["metrics"]["artifacts"][0]
os.makedirs(model["uri"], exist_ok=True)
model["metadata"] = {**model.get("metadata", {}), "framework": "none", "layers": 3, "rate": 0.5}
metrics["metadata"] = {**metrics.get("metadata", {}), "accuracy": 0.75}
output = given["outputs"]["outputFile"]
os.makedirs(os.path.dirname(output), exist_ok=True)
keep = ("name", "uri", "metadata")
artifacts = {
    name: {"artifacts": [{key: value for key, value in one.items() if key in keep}]}
    for name, one in (("model", model), ("metrics", metrics))
}
json.dump({"artifacts": artifacts}, open(output, "w"))
"""
    return python(code, dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER)


@dsl.container_component
def look(model: dsl.Input[dsl.Model], metrics: dsl.Input[dsl.Metrics], text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import json, os, sys
artifacts = json.loads(sys.argv[1])["inputs"]["artifacts"]
model, metrics = (artifacts[name]["artifacts"][0] for name in ("model", "metrics"))
found = [model["metadata"]["framework"], float(model["metadata"]["layers"]), float(model["metadata"]["rate"])]
found += [float(metrics["metadata"]["accuracy"]), os.path.isdir(model["uri"])]
open(sys.argv[2], "w").write(json.dumps(found))
"""
    return python(code, dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER, text)


@dsl.pipeline(name="artifact-metadata")
def pipeline():
    made = make()
    look(model=made.outputs["model"], metrics=made.outputs["metrics"])
