"""Pipelines in pipelines: values and artifacts go in and out of two levels, ints stay ints."""

# mypy: disable-error-code="valid-type"

from typing import NamedTuple

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
def read(data: dsl.Input[dsl.Dataset], text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w').write(open(sys.argv[1] + '/text').read())", data.path, text)


class Innermost(NamedTuple):
    total: int
    text: str


class Middle(NamedTuple):
    total: int
    made: dsl.Dataset


@dsl.pipeline
def innermost(n: int, data: dsl.Input[dsl.Dataset]) -> Innermost:
    more = add(a=n, b=100)
    copy = read(data=data)
    return Innermost(total=more.outputs["total"], text=copy.outputs["text"])


@dsl.pipeline
def middle(n: int, step: int = 10) -> Middle:
    first = add(a=n, b=step)
    made = write(text="from the middle")
    deep = innermost(n=first.outputs["total"], data=made.outputs["data"])
    return Middle(total=deep.outputs["total"], made=made.outputs["data"])


@dsl.pipeline(name="nested-dags")
def pipeline(n: int = 1) -> int:
    outer = middle(n=n)
    read(data=outer.outputs["made"])
    last = add(a=outer.outputs["total"], b=1000)
    return last.outputs["total"]
