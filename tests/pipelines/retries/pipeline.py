"""A task that fails twice succeeds at its third attempt, with back-off; one with too few retries fails."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def echo(text: str, result: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    return python("import sys; open(sys.argv[2], 'w', newline='').write(sys.argv[1])", text, result)


@dsl.container_component
def flaky(name: str, failures: int, attempts: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    code = """
import os, sys
name, failures, attempts = sys.argv[1], int(sys.argv[2]), sys.argv[3]
open(name, "a").write("x")
tried = os.path.getsize(name)
open(attempts, "w").write(str(tried))
sys.exit(f"attempt {tried} fails" if tried <= failures else 0)
"""
    return python(code, name, failures, attempts)


@dsl.pipeline(name="retries")
def pipeline():
    patient = flaky(name="patient", failures=2).set_retry(num_retries=2, backoff_duration="0s")
    waiting = flaky(name="waiting", failures=1).set_retry(num_retries=1, backoff_duration="1s", backoff_factor=2.0)
    echo(text="after").after(patient, waiting)
    hasty = flaky(name="hasty", failures=2).set_retry(num_retries=1, backoff_duration="0s")
    echo(text="never").after(hasty)
