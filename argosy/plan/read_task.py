"""Tasks of the PipelineSpec."""

import re
from typing import Any

from argosy.errors import ParameterError, PipelineError
from argosy.plan.condition import Expression
from argosy.plan.document import Node, count, flag, key_name, node, one_of, seconds, text, texts
from argosy.plan.parse_condition import parse_condition
from argosy.plan.placeholders import has_placeholder
from argosy.plan.read_component import parse_items
from argosy.plan.spec import (
    ArtifactItems,
    ArtifactSource,
    Component,
    ComponentInput,
    Constant,
    Iterator,
    ParameterItems,
    ParameterSource,
    RawItems,
    RetryPolicy,
    RuntimeText,
    Task,
    TaskFinalStatus,
    TaskOutput,
    Trigger,
)
from argosy.plan.values import coerce, whole_numbers

TASK_FIELDS = (
    "taskInfo", "inputs", "dependentTasks", "cachingOptions", "componentRef", "triggerPolicy", "artifactIterator",
    "parameterIterator", "retryPolicy", "iteratorPolicy",
)  # fmt: skip


def read_task(name: str, spec: Node, component: Component) -> Task:
    """Returns a task.

    Args:
        name: Its key.
        spec: What stands under that key.
        component: What it runs.

    Raises:
        PipelineError: A field is not known or not well formed.
    """
    key_name(name, "the task")
    inputs = node(spec.get("inputs"), "the inputs", ("parameters", "artifacts"))
    parameters = {
        key: _parameter_source(key, node(source, f"the input {key!r}"), component)
        for key, source in node(inputs.get("parameters"), "the parameters").items()
    }
    artifacts = {
        key: _artifact_source(key, node(source, f"the input artifact {key!r}"))
        for key, source in node(inputs.get("artifacts"), "the artifacts").items()
    }
    condition, trigger = _trigger(spec)
    caching = node(spec.get("cachingOptions"), "cachingOptions", ("enableCache", "cacheKey"))
    return Task(
        name=name,
        display_name=text(node(spec.get("taskInfo"), "taskInfo", ("name",)), "name", "taskInfo", name),
        component=component.name,
        parameters=parameters,
        artifacts=artifacts,
        depends_on=_dependencies(spec, [*parameters.values(), *artifacts.values()]),
        condition=condition,
        trigger=trigger,
        iterator=_iterator(spec),
        retry=_retry(spec),
        cache=flag(caching, "enableCache", "cachingOptions"),
        cache_key=text(caching, "cacheKey", "cachingOptions", ""),
    )


_SELECTOR = re.compile(r"parseJson\(string_value\)((?:\[(?:\"[^\"]*\"|'[^']*')\])*)")


def _parameter_source(name: str, spec: Node, component: Component) -> ParameterSource:
    what = f"the input {name!r}"
    path = _path(text(spec, "parameterExpressionSelector", what, ""), what)
    kind, value = one_of(
        {key: item for key, item in spec.items() if key != "parameterExpressionSelector"},
        what,
        ("taskOutputParameter", "runtimeValue", "componentInputParameter", "taskFinalStatus"),
    )
    if kind == "componentInputParameter":
        return ComponentInput(name=text(spec, kind, what), path=path)
    if kind == "taskFinalStatus":
        return TaskFinalStatus(task=text(node(value, what, ("producerTask",)), "producerTask", what), path=path)
    if kind == "taskOutputParameter":
        value = node(value, what, ("producerTask", "outputParameterKey"))
        return TaskOutput(
            task=text(value, "producerTask", what), output=text(value, "outputParameterKey", what), path=path
        )
    constant = whole_numbers(one_of(node(value, what), f"the value of {what}", ("constant",))[1])
    if has_placeholder(constant):
        return RuntimeText(text=constant, path=path)
    return Constant(value=constant if path else _typed(constant, name, component), path=path)


def _typed(constant: Any, name: str, component: Component) -> Any:
    if constant is None or name not in component.parameters:
        return constant
    try:
        return coerce(constant, component.parameters[name].type, name)
    except ParameterError as error:
        raise PipelineError(str(error)) from error


def _path(selector: str, what: str) -> tuple[str, ...]:
    if not selector:
        return ()
    match = _SELECTOR.fullmatch(selector)
    if match is None:
        raise PipelineError(
            f'{what} has the parameterExpressionSelector {selector!r}; only parseJson(string_value)["key"] is known'
        )
    return tuple(double or single for double, single in re.findall(r"\[(?:\"([^\"]*)\"|'([^']*)')\]", match[1]))


def _artifact_source(name: str, spec: Node) -> ArtifactSource:
    what = f"the input artifact {name!r}"
    kind, value = one_of(spec, what, ("taskOutputArtifact", "componentInputArtifact"))
    if kind == "componentInputArtifact":
        return ComponentInput(name=text(spec, kind, what))
    value = node(value, what, ("producerTask", "outputArtifactKey"))
    return TaskOutput(task=text(value, "producerTask", what), output=text(value, "outputArtifactKey", what))


def _dependencies(spec: Node, sources: list[ParameterSource | ArtifactSource]) -> tuple[str, ...]:
    producers = {source.task for source in sources if isinstance(source, TaskOutput | TaskFinalStatus)}
    return tuple(sorted(producers | set(texts(spec, "dependentTasks", "the task"))))


def _trigger(spec: Node) -> tuple[Expression | None, Trigger]:
    policy = node(spec.get("triggerPolicy"), "triggerPolicy", ("condition", "strategy"))
    condition = text(policy, "condition", "triggerPolicy", "")
    strategy = text(policy, "strategy", "triggerPolicy", "TRIGGER_STRATEGY_UNSPECIFIED")
    if strategy == "TRIGGER_STRATEGY_UNSPECIFIED":
        strategy = Trigger.ALL_SUCCEEDED.value
    known = [trigger.value for trigger in Trigger]
    if strategy not in known:
        raise PipelineError(f"triggerPolicy has the strategy {strategy!r}; known: {', '.join(known)}")
    return (parse_condition(condition) if condition else None), Trigger(strategy)


def _iterator(spec: Node) -> Iterator | None:
    policy = node(spec.get("iteratorPolicy"), "iteratorPolicy", ("parallelismLimit",))
    parallelism = count(policy, "parallelismLimit", "iteratorPolicy")
    kinds = [kind for kind in ("parameterIterator", "artifactIterator") if spec.get(kind) is not None]
    if not kinds:
        return None
    kind, *others = kinds
    if others:
        raise PipelineError("the task has both a parameterIterator and an artifactIterator")
    loop = node(spec[kind], kind, ("items", "itemInput"))
    items = node(loop.get("items"), f"the items of {kind}")
    return Iterator(
        items=_artifact_items(items) if kind == "artifactIterator" else _parameter_items(items),
        item_input=text(loop, "itemInput", kind),
        parallelism=parallelism,
    )


def _artifact_items(items: Node) -> ArtifactItems:
    one_of(items, "the items of artifactIterator", ("inputArtifact",))
    return ArtifactItems(input=text(items, "inputArtifact", "the items of artifactIterator"))


def _parameter_items(items: Node) -> RawItems | ParameterItems:
    what = "the items of parameterIterator"
    kind, _ = one_of(items, what, ("raw", "inputParameter"))
    if kind == "raw":
        return RawItems(items=parse_items(text(items, "raw", what), "parameterIterator"))
    return ParameterItems(input=text(items, "inputParameter", what))


def _retry(spec: Node) -> RetryPolicy | None:
    fields = ("maxRetryCount", "backoffDuration", "backoffFactor", "backoffMaxDuration")
    policy = node(spec.get("retryPolicy"), "retryPolicy", fields)
    retries = count(policy, "maxRetryCount", "retryPolicy")
    factor = policy.get("backoffFactor", 2.0)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or factor < 0:
        raise PipelineError(f"retryPolicy needs a number, zero or more, in 'backoffFactor', found {factor!r}")
    if retries == 0:
        return None
    return RetryPolicy(
        max_retries=retries,
        backoff_seconds=seconds(policy, "backoffDuration", "retryPolicy", 0.0),
        backoff_factor=float(factor) or 2.0,
        backoff_max_seconds=seconds(policy, "backoffMaxDuration", "retryPolicy", 3600.0) or 3600.0,
    )
