"""If, Elif and Else, with OneOf over parameters and over artifacts of the branches."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def write(text: str, data: dsl.Output[dsl.Dataset]) -> dsl.ContainerSpec:
    code = (
        "import os, sys; os.makedirs(sys.argv[2], exist_ok=True); open(sys.argv[2] + '/text', 'w').write(sys.argv[1])"
    )
    return python(code, text, data.path)


@dsl.container_component
def read(data: dsl.Input[dsl.Dataset], text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w').write(open(sys.argv[1] + '/text').read())", data.path, text)


@dsl.pipeline(name="branches")
def pipeline(n: int = 5) -> str:
    with dsl.If(n < 3, name="low"):
        low = echo(text="low")
        low_data = write(text="low data")
    with dsl.Elif(n < 10, name="middle"):
        middle = echo(text="middle")
        middle_data = write(text="middle data")
    with dsl.Else(name="high"):
        high = echo(text="high")
        high_data = write(text="high data")
    chosen = echo(text=dsl.OneOf(low.outputs["result"], middle.outputs["result"], high.outputs["result"]))
    read(data=dsl.OneOf(low_data.outputs["data"], middle_data.outputs["data"], high_data.outputs["data"]))
    return chosen.outputs["result"]
