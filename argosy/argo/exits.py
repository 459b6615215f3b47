"""Exit handlers of the pipeline itself: Argo runs them after all else, also when the run is stopped or takes too long.

Those of nested pipelines, and tasks that others wait for, are tasks of their DAG like any other: Argo begins nothing
more there once the run is stopped.
"""

import dataclasses

from argosy.argo import dynamic
from argosy.argo.scope import Scope
from argosy.plan.spec import Component, ComponentInput, Constant, Dag, Plan, RuntimeText, Task, TaskFinalStatus, Trigger

NAME = "exit-handlers"


def parted(plan: Plan) -> tuple[Component, Component | None]:
    """Returns the pipeline without its exit handlers, and a component of those alone; None where it has none."""
    dag = plan.dag
    handlers = {name: task for name, task in dag.tasks.items() if _is_handler(plan, task)}
    others = {name: task for name, task in dag.tasks.items() if name not in handlers}
    if not handlers or not others:
        return plan.root, None
    root = dataclasses.replace(plan.root, body=dataclasses.replace(dag, tasks=others))
    alone = dataclasses.replace(
        plan.root, name=NAME, body=Dag(tasks=handlers), output_parameters={}, output_artifacts={}
    )
    return root, alone


def _is_handler(plan: Plan, task: Task) -> bool:
    if task.trigger is not Trigger.ALL_COMPLETED or task.condition is not None or task.iterator is not None:
        return False
    outputs = [*plan.dag.parameter_outputs.values(), *plan.dag.artifact_outputs.values()]
    awaited = {source.task for sources in outputs for source in sources}
    awaited |= {name for other in plan.dag.tasks.values() for name in other.depends_on}
    own = (Constant, ComponentInput, RuntimeText, TaskFinalStatus)
    sources = [*task.parameters.values(), *task.artifacts.values()]
    at = Scope(
        task=task,
        component=plan.components[task.component],
        dag=plan.dag,
        owner=plan.root,
        components=plan.components,
    )
    return task.name not in awaited and all(isinstance(source, own) for source in sources) and not dynamic.producers(at)
