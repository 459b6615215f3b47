"""Each type of parameter goes through a task as it is: 3 stays an integer, 1 becomes 1.0 where a float is declared."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: B006

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def through(
    integer: int,
    double: float,
    boolean: bool,
    items: list,
    struct: dict,
    integer_out: dsl.OutputPath(int),
    double_out: dsl.OutputPath(float),
    boolean_out: dsl.OutputPath(bool),
    items_out: dsl.OutputPath(list),
    struct_out: dsl.OutputPath(dict),
) -> dsl.ContainerSpec:
    code = """
import sys
for value, file in zip(sys.argv[1:6], sys.argv[6:]):
    open(file, "w").write(value)
"""
    return python(
        code, integer, double, boolean, items, struct, integer_out, double_out, boolean_out, items_out, struct_out
    )


@dsl.pipeline(name="parameter-types")
def pipeline(
    integer: int = 3,
    double: float = 1.5,
    boolean: bool = False,
    items: list = [1, "a", [True]],
    struct: dict = {"a": {"b": 1}},
):
    first = through(integer=integer, double=double, boolean=boolean, items=items, struct=struct)
    through(
        integer=first.outputs["integer_out"],
        double=first.outputs["double_out"],
        boolean=first.outputs["boolean_out"],
        items=first.outputs["items_out"],
        struct=first.outputs["struct_out"],
    )
