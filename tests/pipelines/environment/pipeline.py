"""Environment variables of a task reach its process, as they are."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def show(text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import os, sys; open(sys.argv[1], 'w').write(os.environ['GREETING'] + os.environ['EMPTY'])", text)


@dsl.pipeline(name="environment")
def pipeline():
    show().set_env_variable("GREETING", "hello 'you' $HOME {{x}}").set_env_variable("EMPTY", "")
