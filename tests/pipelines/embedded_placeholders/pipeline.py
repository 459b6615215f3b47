"""Values inside texts, lists and structs of constants, and the names of the run and the task."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: B006

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def add(a: int, b: int, total: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[3], 'w').write(str(int(sys.argv[1]) + int(sys.argv[2])))", a, b, total)


@dsl.container_component
def as_json(struct: dict, items: list, text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import json, sys
number = lambda text: int(float(text)) if float(text).is_integer() else float(text)
found = [json.loads(argument, parse_float=number) for argument in sys.argv[1:3]]
open(sys.argv[3], "w").write(json.dumps(found, sort_keys=True))
"""
    return python(code, struct, items, text)


@dsl.pipeline(name="embedded-placeholders")
def pipeline(n: int = 2, rate: float = 3.0, on: bool = True, config: dict = {"k": [1]}, word: str = "w"):
    made = add(a=n, b=n)
    echo(text=f"n={n} total={made.outputs['total']} rate={rate} on={on} config={config} word={word}.")
    echo(text=f"{dsl.PIPELINE_TASK_NAME_PLACEHOLDER}")
    as_json(
        struct={"word": word, "total": made.outputs["total"]}, items=[word, 1, 2.5, {"deep": made.outputs["total"]}]
    )
    with dsl.ParallelFor(["x", "y"], name="loop") as item:
        echo(text=f"{item}-{word}")
