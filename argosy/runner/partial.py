"""Which of the pipeline's top-level tasks a partial run runs."""

from collections.abc import Callable, Iterable, Mapping

from argosy.errors import PipelineError, did_you_mean
from argosy.plan.spec import ContainerExecutor, Dag, Plan, Task
from argosy.runner.call import Mode


def modes(dag: Dag, from_task: str, to_task: str) -> dict[str, Mode]:
    """Returns what to do with each task; one that is not there has no part in the run.

    Raises:
        PipelineError: There is no such task, or `to_task` does not follow from `from_task`.
    """
    from_task, to_task = _known(from_task, dag), _known(to_task, dag)
    needs = {name: task.depends_on for name, task in dag.tasks.items()}
    followers: dict[str, list[str]] = {name: [] for name in needs}
    for name, upstream in needs.items():
        for one in upstream:
            followers[one].append(name)
    selected = set(needs)
    if to_task:
        selected &= _reachable(to_task, needs.__getitem__)
    if from_task:
        selected &= _reachable(from_task, followers.__getitem__)
    if not selected:
        raise PipelineError(f"task {to_task!r} does not follow from task {from_task!r}, so there is nothing to run")
    needed = {one for name in selected for one in _reachable(name, needs.__getitem__)}
    return {name: Mode.RUN if name in selected else Mode.REUSE for name in needed}


def executors_to_run(plan: Plan, planned: Mapping[str, Mode]) -> tuple[ContainerExecutor, ...]:
    """Returns the containers of the tasks that a run may start, those inside other DAGs included."""
    found: dict[str, ContainerExecutor] = {}

    def visit(tasks: Iterable[Task]) -> None:
        for task in tasks:
            body = plan.components[task.component].body
            if isinstance(body, Dag):
                visit(body.tasks.values())
            elif isinstance(body, ContainerExecutor):
                found[task.component] = body

    visit(plan.dag.tasks[name] for name, mode in planned.items() if mode is not Mode.REUSE)
    return tuple(found.values())


def in_order(tasks: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Returns the tasks so that each comes after those that it depends on."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for one in sorted(tasks[name]):
            if one not in ordered:
                visit(one)
        ordered[name] = None

    for name in tasks:
        if name not in ordered:
            visit(name)
    return tuple(ordered)


def _known(name: str, dag: Dag) -> str:
    """KFP's compiler writes `-` for the `_` of a Python name; both are taken."""
    dashed = name.replace("_", "-")
    if name and name not in dag.tasks and dashed not in dag.tasks:
        raise PipelineError(f"the pipeline has no task {name!r}; {did_you_mean(name, dag.tasks)}")
    return name if name in dag.tasks else dashed


def _reachable(start: str, neighbours: Callable[[str], Iterable[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = set(neighbours(waiting.pop())) - found
        found |= new
        waiting += new
    return found
