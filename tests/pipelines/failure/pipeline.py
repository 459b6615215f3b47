"""A failed task skips what depends on it and nothing else, and fails the run."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def fail(message: str) -> dsl.ContainerSpec:
    return python("import sys; sys.exit(sys.argv[1])", message)


@dsl.pipeline(name="failure")
def pipeline():
    broken = fail(message="on purpose")
    after = echo(text="never").after(broken)
    echo(text=after.outputs["result"])
    echo(text="independent")
    echo(text="anyway").after(broken).ignore_upstream_failure()
