"""A second run takes all outputs from the first, but of the task whose caching is off."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.pipeline(name="caching")
def pipeline(text: str = "same"):
    first = echo(text=text)
    again = echo(text=first.outputs["result"]).set_caching_options(False)
    echo(text=again.outputs["result"])
