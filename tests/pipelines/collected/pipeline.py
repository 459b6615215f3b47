"""Collected parameters and artifacts, of one loop and of a loop in a loop, in the order of the items."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: UP006, UP035

from typing import List

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def add(a: int, b: int, total: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[3], 'w').write(str(int(sys.argv[1]) + int(sys.argv[2])))", a, b, total)


@dsl.container_component
def write(text: str, data: dsl.Output[dsl.Dataset]) -> dsl.ContainerSpec:
    code = (
        "import os, sys; os.makedirs(sys.argv[2], exist_ok=True); open(sys.argv[2] + '/text', 'w').write(sys.argv[1])"
    )
    return python(code, text, data.path)


@dsl.container_component
def read_all(data: dsl.Input[List[dsl.Dataset]], texts: dsl.OutputPath(list)) -> dsl.ContainerSpec:
    code = """
import json, sys
found = json.loads(sys.argv[1])["inputs"].get("artifacts", {}).get("data", {}).get("artifacts", [])
json.dump([open(one["uri"] + "/text").read() for one in found], open(sys.argv[2], "w"))
"""
    return python(code, dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER, texts)


@dsl.container_component
def total(values: List[int], result: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    return python("import json, sys; open(sys.argv[2], 'w').write(str(sum(json.loads(sys.argv[1]))))", values, result)


@dsl.container_component
def shape(values: List[List[int]], text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import json, sys
rows = [[int(value) for value in row] for row in json.loads(sys.argv[1])]
open(sys.argv[2], "w").write(json.dumps(rows))
"""
    return python(code, values, text)


@dsl.pipeline
def inside(words: List[str]) -> List[dsl.Dataset]:
    with dsl.ParallelFor(words) as word:
        made = write(text=word)
    return dsl.Collected(made.outputs["data"])


@dsl.pipeline(name="collected")
def pipeline() -> List[int]:
    with dsl.ParallelFor([1, 2, 3], name="plain") as number:
        more = add(a=number, b=10)
        made = write(text="made")
    total(values=dsl.Collected(more.outputs["total"]))
    read_all(data=dsl.Collected(made.outputs["data"]))
    with dsl.ParallelFor([1, 2], name="outer") as a, dsl.ParallelFor([10, 20], name="inner") as b:
        sum_ = add(a=a, b=b)
        deep = write(text="deep")
    shape(values=dsl.Collected(sum_.outputs["total"]))
    read_all(data=dsl.Collected(deep.outputs["data"]))
    read_all(data=inside(words=["x", "y"]).output)
    return dsl.Collected(more.outputs["total"])
