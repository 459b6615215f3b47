"""A task that takes longer than its timeout fails; each attempt has the whole time."""

# mypy: disable-error-code="valid-type"

from kfp import dsl, kubernetes


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def slow(name: str, text: dsl.OutputPath(str)) -> dsl.ContainerSpec:
    code = """
import os, sys, time
open(sys.argv[1], "a").write("x")
time.sleep(60 if os.path.getsize(sys.argv[1]) == 1 else 0)
open(sys.argv[2], "w").write("at last")
"""
    return python(code, name, text)


@dsl.pipeline(name="timeouts")
def pipeline():
    kubernetes.set_timeout(slow(name="hopeless"), 1)
    kubernetes.set_timeout(slow(name="second-time").set_retry(num_retries=1, backoff_duration="0s"), 1)
