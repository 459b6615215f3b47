"""A whole pipeline as an exit handler, to which the final status is handed on."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def fail(message: str) -> dsl.ContainerSpec:
    return python("import sys; sys.exit(sys.argv[1])", message)


@dsl.container_component
def note(status: dict, name: str, text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import json, sys
status = json.loads(sys.argv[1])
fields = [sys.argv[2], status["state"], status["pipelineTaskName"]]
error = status.get("error", {})
open(sys.argv[3], "w").write(" ".join(fields + (["with a message"] if error.get("message") else [])))
"""
    return python(code, status, name, text)


@dsl.pipeline
def tell(status: dsl.PipelineTaskFinalStatus, name: str):
    note(status=status, name=name)
    echo(text=name)


@dsl.pipeline(name="exit-pipeline")
def pipeline(name: str = "cleanup"):
    with dsl.ExitHandler(tell(name=name), name="guarded"):
        fail(message="on purpose")
