"""ParallelFor over a list of artifacts, which KFP's own backend does not do."""

# mypy: disable-error-code="valid-type"
# ruff: noqa: B006, UP006, UP035

from typing import List

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


@dsl.pipeline
def make(words: List[str]) -> List[dsl.Dataset]:
    with dsl.ParallelFor(words) as word:
        made = write(text=word)
    return dsl.Collected(made.outputs["data"])


@dsl.pipeline(name="artifact-loop")
def pipeline(words: List[str] = ["one", "two", "three"]):
    with dsl.ParallelFor(make(words=words).output, parallelism=2, name="each") as data:
        text = read(data=data)
        echo(text=text.outputs["text"])
