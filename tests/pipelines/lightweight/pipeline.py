"""Lightweight Python components: several outputs, artifacts with metadata, default values."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: PTH123

from typing import NamedTuple

from kfp import dsl


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def make(data: dsl.Output[dsl.Dataset], count: int = 2) -> NamedTuple(
    "Outputs", [("names", list), ("ratio", float), ("done", bool)]
):
    from collections import namedtuple
    from pathlib import Path

    Path(data.path).write_text("x" * int(count))
    data.metadata["size"] = int(count)
    outputs = namedtuple("outputs", ["names", "ratio", "done"])
    return outputs([f"n{i}" for i in range(int(count))], count / 4, count > 1)


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def use(data: dsl.Input[dsl.Dataset], names: list, ratio: float, done: bool, greeting: str = "hi") -> str:
    with open(data.path) as file:
        return f"{greeting} {names} {ratio} {done} {file.read()} {int(data.metadata['size'])}"


@dsl.pipeline(name="lightweight")
def pipeline(count: int = 3) -> str:
    made = make(count=count)
    outputs = made.outputs
    used = use(data=outputs["data"], names=outputs["names"], ratio=outputs["ratio"], done=outputs["done"])
    return used.output
