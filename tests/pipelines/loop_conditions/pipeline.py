"""Conditions on the items of two loops, one in the other: KFP's compiler wires each item to all groups around it."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: B006, UP006, UP035

from typing import List

from kfp import dsl


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(
        image="argosy/cli:0.1.0", command=["sh", "-c", 'printf %s "$0" > "$1"'], args=[text, result]
    )


@dsl.pipeline(name="loop-conditions")
def pipeline(names: List[str] = ["x", "y"]):
    with (
        dsl.ParallelFor([{"a": 1}, {"a": 2}], name="outer") as item,
        dsl.If(item.a == 2, name="two"),
        dsl.ParallelFor(names, name="inner") as name,
        dsl.If(name == "y", name="y"),
    ):
        echo(text=f"{name}!")
