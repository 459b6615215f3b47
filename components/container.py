"""The body that every face shares."""

from kfp import dsl

from argosy import __version__


def step(name: str, *, interface: int = 1) -> dsl.ContainerSpec:
    """Returns the container of a step: its own image, one entry point, one placeholder.

    `name` and `interface` stand in the arguments because KFP's backend takes two components with equal
    containers for one.
    """
    return dsl.ContainerSpec(
        image=f"argosy/{name.replace('_', '-')}:{__version__}",
        command=["python", "-m", "argosy.run"],
        args=["--component", name, "--interface", str(interface), "--executor_input", "{{$}}"],
    )
