"""ParallelFor over constants, a parameter and an upstream output; a loop in a loop; no items at all."""

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
def numbers(count: int, items: dsl.OutputPath(List[int])) -> dsl.ContainerSpec:
    return python("import json, sys; json.dump(list(range(int(sys.argv[1]))), open(sys.argv[2], 'w'))", count, items)


@dsl.pipeline(name="loops")
def pipeline(words: List[str] = ["a", "b"], nothing: List[str] = []):
    with dsl.ParallelFor([1, 2, 3], name="constants") as number:
        add(a=number, b=10)
    with dsl.ParallelFor(words, name="words") as word:
        echo(text=word)
        with dsl.If(word == "b", name="only-b"):
            echo(text="b it is")
    made = numbers(count=2)
    with dsl.ParallelFor(made.outputs["items"], name="outer") as outer, dsl.ParallelFor([0.5], name="inner"):
        add(a=outer, b=100)
    with dsl.ParallelFor(nothing, name="nothing") as word:
        echo(text=word)
    with dsl.ParallelFor([True, False], name="booleans") as flag, dsl.If(flag == True, name="if-true"):  # noqa: E712
        echo(text="true")
