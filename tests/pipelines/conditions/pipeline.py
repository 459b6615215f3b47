"""If on named outputs and parameters of each type, nested If, and what is skipped with a skipped task."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def judge(
    n: int, blessed: dsl.OutputPath(bool), score: dsl.OutputPath(float), grade: dsl.OutputPath(str)
) -> dsl.ContainerSpec:
    code = """
import sys
n, blessed, score, grade = sys.argv[1:]
open(blessed, "w").write("true" if int(n) > 5 else "false")
open(score, "w").write(str(int(n) / 4))
open(grade, "w").write("good" if int(n) > 5 else "bad")
"""
    return python(code, n, blessed, score, grade)


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.pipeline(name="conditions")
def pipeline(n: int = 7, wanted: bool = True, label: str = "x"):
    verdict = judge(n=n)
    with dsl.If(verdict.outputs["blessed"] == True, name="blessed"):  # noqa: E712
        echo(text="pushed")
        with dsl.If(verdict.outputs["score"] >= 1.75, name="high"):
            echo(text="high")
        with dsl.If(verdict.outputs["score"] > 1.75, name="higher"):
            echo(text="higher")
    with dsl.If(verdict.outputs["blessed"] == False, name="not-blessed"):  # noqa: E712
        first = echo(text="never")
        echo(text=first.outputs["result"])
    with dsl.If(verdict.outputs["grade"] == "good", name="good"):
        echo(text="good")
    with dsl.If(wanted == False, name="unwanted"):  # noqa: E712
        echo(text="never")
    with dsl.If(label != "x", name="other-label"):
        echo(text="never")
    with dsl.If(n > 6, name="large"):
        echo(text="large")
