"""IfPresent and Concat, and every other placeholder that a command may have."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: UP045

from typing import Optional

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def write(text: str, data: dsl.Output[dsl.Dataset]) -> dsl.ContainerSpec:
    code = (
        "import os, sys; os.makedirs(sys.argv[2], exist_ok=True); open(sys.argv[2] + '/text', 'w').write(sys.argv[1])"
    )
    return python(code, text, data.path)


@dsl.container_component
def show(
    text: str,
    shown: dsl.OutputPath(str),
    maybe: Optional[str] = None,
    data: dsl.Input[dsl.Dataset] = None,
) -> dsl.ContainerSpec:
    code = "import json, sys; open(sys.argv[1], 'w').write(json.dumps(sys.argv[2:]))"
    concat = dsl.ConcatPlaceholder(
        [
            "--text=",
            text,
            dsl.IfPresentPlaceholder(input_name="maybe", then=dsl.ConcatPlaceholder(["+", maybe]), else_="-"),
        ]
    )
    several = dsl.IfPresentPlaceholder(input_name="maybe", then=["--maybe", maybe], else_=["--no-maybe"])
    none = dsl.IfPresentPlaceholder(input_name="data", then=["--has-data"])
    return python(code, shown, concat, several, none, f"<{text}>", "literal {{ and }} and {{x}}", "{$}")


@dsl.pipeline(name="placeholders-in-commands")
def pipeline(maybe: Optional[str] = None):
    show(text="a")
    show(text="b", maybe="c")
    show(text="d", maybe=maybe, data=write(text="x").outputs["data"])
