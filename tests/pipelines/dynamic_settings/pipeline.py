"""Resources that are parameters of the pipeline or come from a task: inputs that no component declares."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.pipeline(name="dynamic-settings")
def pipeline(cpu: str = "500m"):
    size = echo(text="64Mi")
    echo(text="sized").set_cpu_limit(cpu).set_memory_limit(size.outputs["result"])
