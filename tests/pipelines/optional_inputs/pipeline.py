"""Optional parameters and artifacts, given and left out, through a nested pipeline too; defaults."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: UP045

from typing import Optional

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def write(text: str, data: dsl.Output[dsl.Dataset]) -> dsl.ContainerSpec:
    code = (
        "import os, sys; os.makedirs(sys.argv[2], exist_ok=True); open(sys.argv[2] + '/text', 'w').write(sys.argv[1])"
    )
    return python(code, text, data.path)


@dsl.container_component
def seen(
    keys: dsl.OutputPath(str),
    text: Optional[str] = None,
    number: int = 3,
    data: dsl.Input[dsl.Dataset] = None,
) -> dsl.ContainerSpec:
    code = """
import json, sys
inputs = json.loads(sys.argv[1]).get("inputs", {})
values = {k: v for k, v in inputs.get("parameterValues", {}).items() if k in ("text", "number")}
artifacts = sorted(k for k, v in inputs.get("artifacts", {}).items() if v.get("artifacts"))
values["number"] = int(values["number"])
open(sys.argv[2], "w").write(json.dumps([values, artifacts], sort_keys=True))
"""
    return python(code, dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER, keys)


@dsl.pipeline
def nested(text: Optional[str] = None, data: dsl.Input[dsl.Dataset] = None):
    seen(text=text, data=data)


@dsl.pipeline(name="optional-inputs")
def pipeline(text: Optional[str] = None, number: Optional[int] = None, given: str = "given"):
    made = write(text="x")
    seen()
    seen(text=text, number=number)
    seen(text=given, number=4, data=made.outputs["data"])
    nested()
    nested(text=text)
    nested(text=given, data=made.outputs["data"])
