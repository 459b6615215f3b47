"""dsl.importer with a constant, a formatted and a computed URI, and with metadata."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def prepare(name: str, uri: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
open(sys.argv[1] + "/text", "w").write("brought in")
open(sys.argv[2], "w").write(os.path.abspath(sys.argv[1]))
"""
    return python(code, name, uri)


@dsl.container_component
def look(data: dsl.Input[dsl.Dataset], text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import json, sys
[data] = json.loads(sys.argv[1])["inputs"]["artifacts"]["data"]["artifacts"]
metadata = {key: value for key, value in data.get("metadata", {}).items() if key in ("source", "year")}
open(sys.argv[2], "w").write(open(data["uri"] + "/text").read() + " " + json.dumps(metadata, sort_keys=True))
"""
    return python(code, dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER, text)


@dsl.pipeline(name="importers")
def pipeline(folder: str = "outside", source: str = "somewhere"):
    made = prepare(name="outside/data")
    constant = dsl.importer(artifact_uri="outside/data", artifact_class=dsl.Dataset, metadata={"source": "s"}).after(
        made
    )
    look(data=constant.output)
    formatted = dsl.importer(
        artifact_uri=f"{folder}/data", artifact_class=dsl.Dataset, reimport=True, metadata={"source": f"{source} else"}
    ).after(made)
    look(data=formatted.output)
    computed = dsl.importer(artifact_uri=made.outputs["uri"], artifact_class=dsl.Dataset)
    look(data=computed.output)
