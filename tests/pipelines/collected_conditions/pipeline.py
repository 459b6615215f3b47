"""Collected values of a step under an If in the loop: those that there are; read under another If."""

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
def total(values: List[int], result: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    return python(
        "import json, sys; print(int(sum(json.loads(sys.argv[1]))), file=open(sys.argv[2], 'w'))", values, result
    )


@dsl.pipeline(name="collected-conditions")
def pipeline(threshold: int = 2) -> int:
    with dsl.ParallelFor([1, 2, 3]) as number, dsl.If(number >= threshold):
        more = add(a=number, b=10)
    with dsl.If(threshold == 2):
        total(values=dsl.Collected(more.outputs["total"]))
    return total(values=dsl.Collected(more.outputs["total"])).outputs["result"]
