"""Items that are structs, their members by expression selectors; also inside an exit handler and an If."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: B006, UP006, UP035

from typing import List

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def add(a: int, b: int, total: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[3], 'w').write(str(int(sys.argv[1]) + int(sys.argv[2])))", a, b, total)


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def structs(items: dsl.OutputPath(List[dict])) -> dsl.ContainerSpec:
    code = """
import json, sys
json.dump([{"word": "it's \\"x\\"", "n": 1}, {"word": "", "n": 2}], open(sys.argv[1], "w"))
"""
    return python(code, items)


@dsl.pipeline(name="struct-items")
def pipeline(configs: List[dict] = [{"word": "one", "more": [1, 2]}, {"word": "two", "more": [3]}], go: bool = True):
    with dsl.ParallelFor([{"a": 1, "b": 2}, {"a": 3, "b": 4}], name="constants") as item:
        add(a=item.a, b=item.b)
        with dsl.If(item.a == 3, name="three"):
            echo(text="three")
    with dsl.ParallelFor(configs, name="configs") as config:
        echo(text=config.word)
        with dsl.ParallelFor(config.more, name="more") as number:
            echo(text=number)
    made = structs()
    with dsl.ParallelFor(made.outputs["items"], name="made") as one:
        echo(text=one.word)
        echo(text=one.n)
    with dsl.ExitHandler(echo(text="done"), name="handled"), dsl.ParallelFor([{"a": 5}], name="in-handler") as item:
        add(a=item.a, b=0)
    with dsl.If(go == True, name="go"), dsl.ParallelFor([{"a": 6}], name="in-if") as item:  # noqa: E712
        add(a=item.a, b=0)
