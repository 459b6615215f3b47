"""The same three branches, now the last one; the choice is an output of the pipeline itself."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.pipeline
def choose(flag: bool, n: float) -> str:
    with dsl.If(flag == True):  # noqa: E712
        one = echo(text="flag")
    with dsl.Elif(n >= 1.0):
        two = echo(text="number")
    with dsl.Else():
        three = echo(text="neither")
    return dsl.OneOf(one.outputs["result"], two.outputs["result"], three.outputs["result"])


@dsl.pipeline(name="else-branch")
def pipeline(flag: bool = False, n: float = 0.5) -> str:
    choice = choose(flag=flag, n=n)
    return echo(text=choice.output).outputs["result"]
