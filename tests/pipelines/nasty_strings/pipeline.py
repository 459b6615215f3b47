"""Texts with quotes, line ends, emoji, control characters and what looks like a placeholder arrive as they left."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: UP006, UP035

from typing import List

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def nested(struct: dict, text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import json, sys
struct = json.loads(sys.argv[1])["inputs"]["parameterValues"]["struct"]
open(sys.argv[2], "w", newline="").write(struct["text"])
"""
    return python(code, dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER, text)


@dsl.pipeline(name="nasty-strings")
def pipeline(texts: List[str], struct: dict):
    with dsl.ParallelFor(texts, name="each") as text:
        first = echo(text=text)
        echo(text=first.outputs["result"])
    nested(struct=struct)
    echo(text='constant: it\'s "q" \\ \n \x1b \U0001f427 {{x}}')
