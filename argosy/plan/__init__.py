"""A KFP PipelineSpec read into a Plan: frozen dataclasses, checked, free of kfp and protobuf.

    plan = read_plan("pipeline.yaml")        # every unknown construct or broken wire is a PipelineError
    plan.dag.tasks["trainer"].parameters      # where each input comes from

`spec` holds the Plan's classes, `values` the types of parameters, `condition` the conditions, `scope` and `resolve` the
pure functions that a runner calls as tasks start and end, `render` the placeholders in commands, `executor_input` what
a container is told. The embedded runner and the Argo compiler read the same Plan.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argosy.plan.read import read_plan
    from argosy.plan.spec import Plan

__all__ = ["Plan", "read_plan"]


def __getattr__(name: str) -> Any:
    if name == "read_plan":
        from argosy.plan.read import read_plan

        return read_plan
    if name == "Plan":
        from argosy.plan.spec import Plan

        return Plan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
