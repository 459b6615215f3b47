"""A Plan as one manifest: Workflow, WorkflowTemplate or CronWorkflow."""

import json
from typing import Any

from argosy import __version__
from argosy.argo import expression as expr
from argosy.argo import names, pods
from argosy.argo.exits import parted
from argosy.argo.manifest import check_size
from argosy.argo.options import LONGEST_NAMES, LONGEST_SECONDS, ArgoOptions, check_options
from argosy.argo.references import wrong_references
from argosy.argo.settings import pull_secrets
from argosy.argo.templates import Templates, dag_template
from argosy.errors import PipelineError, located
from argosy.plan.spec import Component, ContainerExecutor, ParameterInput, Plan
from argosy.plan.values import ParameterType
from argosy.plan.walk import places
from argosy.plan.wire import encode

API_VERSION = "argoproj.io/v1alpha1"
LABEL = "argosy.dev/"
ENTRYPOINT, ON_EXIT = "argosy-pipeline", "argosy-exit"
ENCODED = "argosy-json:"
"""Begins a pipeline argument of type STRING that is written as JSON."""
TTL = ("secondsAfterCompletion", "secondsAfterSuccess", "secondsAfterFailure")
"""All three, because a cluster's defaults fill in what a Workflow leaves out, and the last two overrule the first."""
KEPT = {"strategy": "OnPodSuccess", "labelSelector": {"matchLabels": {f"{LABEL}keep": "false"}}}
"""Removes pods with a label that none has: Argo has no word for none that a cluster's defaults would not overrule."""
HISTORY = 100
"""How many runs of a schedule stay that succeeded, and as many that failed: Argo itself would keep three and one."""


def compile_argo(plan: Plan, options: ArgoOptions) -> dict[str, Any]:
    """Returns the manifest of a pipeline.

    Args:
        plan: The pipeline.
        options: What the person chose.

    Raises:
        PipelineError: Argo cannot do something in it; the message names the task.
        ParameterError: The options do not fit together.
    """
    check_options(options)
    for name, declared in plan.root.artifacts.items():
        if not declared.optional:
            raise PipelineError(
                f"the pipeline needs the artifact {name!r}, and a Workflow takes parameters only; "
                "take its URI as a parameter and give it to an importer"
            )
    if options.kind == "CronWorkflow":
        for name, parameter in plan.root.parameters.items():
            if parameter.default is None and not parameter.optional:
                raise PipelineError(f"the parameter {name!r} has no default, and a schedule gives it no value; set one")
    spec = _spec(plan, options)
    for problem in wrong_references(spec):
        raise PipelineError(f"{problem}, which Argo could not resolve; name things without double braces")
    name = options.name or plan.name
    is_prefix = options.kind == "Workflow" and not options.name
    if not is_prefix and len(name) > LONGEST_NAMES[options.kind]:
        raise PipelineError(
            f"the name {name!r} has {len(name)} characters, and Argo runs no {options.kind} whose name has more than "
            f"{LONGEST_NAMES[options.kind]}; give a shorter one by --name"
        )
    labels = {f"{LABEL}pipeline": names.label_value(plan.name)}
    metadata: dict[str, Any] = {
        **({"generateName": f"{name}-"} if is_prefix else {"name": name}),
        **({"namespace": options.namespace} if options.namespace else {}),
        "labels": labels,
        "annotations": _annotations(plan, options),
    }
    manifest: dict[str, Any] = {"apiVersion": API_VERSION, "kind": options.kind, "metadata": metadata}
    of_runs = {"labels": labels, "annotations": metadata["annotations"]}
    if options.kind == "WorkflowTemplate":
        spec["workflowMetadata"] = of_runs
    if options.kind == "CronWorkflow":
        spec = {
            "schedules": [options.schedule],
            **({"timezone": options.timezone} if options.timezone else {}),
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": HISTORY,
            "failedJobsHistoryLimit": HISTORY,
            "workflowMetadata": of_runs,
            "workflowSpec": spec,
        }
    manifest["spec"] = spec
    check_size(manifest)
    return manifest


def argument_text(value: Any, parameter_type: ParameterType) -> str:
    r"""Returns a pipeline argument as it stands in a Workflow.

    >>> argument_text(3, ParameterType.INTEGER), argument_text("plain", ParameterType.STRING)
    ('3', 'plain')
    >>> print(argument_text("{{x}}", ParameterType.STRING))
    argosy-json:"\u007b\u007bx}}"
    """
    if value is None:
        return ""
    if parameter_type is not ParameterType.STRING:
        return encode(value)
    is_plain = value.isprintable() and value.isascii() and "{{" not in value and "$" not in value
    # The empty text means no value.
    return value if value and is_plain and not value.startswith(ENCODED) else ENCODED + encode(value)


def _spec(plan: Plan, options: ArgoOptions) -> dict[str, Any]:
    templates = Templates(plan=plan, options=options)
    main, handlers = parted(plan)
    ways = [_entry(plan.root, main, dag_template(templates, main))]
    if handlers is not None:
        ways.append(_entry(plan.root, handlers, dag_template(templates, handlers, at_end=True)))
    entries = dict(zip((ENTRYPOINT, ON_EXIT), ways, strict=False))
    claims = [pull for place in places(plan) for pull in _pull_secrets(place.path, place.component.body)]
    secrets = dict.fromkeys([*options.pull_secrets, *claims])
    fields: dict[str, Any] = {
        "entrypoint": ENTRYPOINT,
        "onExit": ON_EXIT if handlers is not None else "",
        "serviceAccountName": options.service_account,
        "arguments": {"parameters": [_parameter(name, spec) for name, spec in plan.root.parameters.items()]},
        "activeDeadlineSeconds": options.deadline_seconds or LONGEST_SECONDS,
        "ttlStrategy": dict.fromkeys(TTL, options.ttl_seconds or LONGEST_SECONDS),
        "podGC": KEPT if options.keep_pods else {"strategy": "OnPodSuccess"},
        "imagePullSecrets": [{"name": name} for name in secrets],
        "podMetadata": {"labels": {f"{LABEL}pipeline": names.label_value(plan.name)}},
        "securityContext": pods.pod_security(),
        "podSpecPatch": pods.sidecar_patch(),
        "volumes": pods.volumes(options),
        "templates": [*({"name": name, **entry} for name, entry in entries.items()), *templates.made.values()],
    }
    if not plan.root.parameters:
        del fields["arguments"]
    return {key: value for key, value in fields.items() if value}


def _pull_secrets(path: str, body: object) -> tuple[str, ...]:
    if not isinstance(body, ContainerExecutor):
        return ()
    with located(task=path):
        return pull_secrets(body.platform)


def _annotations(plan: Plan, options: ArgoOptions) -> dict[str, str]:
    changed = {
        argo: place.task.name for place in places(plan) if (argo := names.task_name(place.task.name)) != place.task.name
    }
    found = {
        f"{LABEL}pipeline": plan.name,
        f"{LABEL}artifact-root": options.artifact_root,
        f"{LABEL}metadata": options.metadata,
        f"{LABEL}version": __version__,
        f"{LABEL}tasks": json.dumps(changed, sort_keys=True) if changed else "",
        "workflows.argoproj.io/description": plan.description,
    }
    return {key: value for key, value in found.items() if value or key == f"{LABEL}metadata"}


def _parameter(name: str, declared: ParameterInput) -> dict[str, Any]:
    argo = names.parameter_name(name)
    fields: dict[str, Any] = {"name": argo}
    if declared.default is not None:
        fields["value"] = argument_text(declared.default, declared.type)
    elif declared.optional:
        fields["value"] = ""
    if declared.description:
        fields["description"] = declared.description
    if declared.literals:
        fields["enum"] = [argument_text(literal, declared.type) for literal in declared.literals]
    return fields


def _entry(root: Component, component: Component, template: str) -> dict[str, Any]:
    """Returns the template that a Workflow begins or ends by: it puts what a person typed onto the wire."""
    inputs = names.input_names(root)
    arguments = [{"name": names.PATH, "value": ""}]
    arguments += [
        {"name": inputs["parameter", parameter], "value": expr.tag(_typed_argument(parameter, declared))}
        for parameter, declared in root.parameters.items()
    ]
    arguments += [{"name": inputs["artifact", artifact], "value": "null"} for artifact in root.artifacts]
    outputs = [
        {"name": argo, "valueFrom": {"expression": expr.output_if_any(component.name, argo)}}
        for argo in names.output_names(component).values()
    ]
    return {
        **({"outputs": {"parameters": outputs}} if outputs else {}),
        "dag": {"tasks": [{"name": component.name, "template": template, "arguments": {"parameters": arguments}}]},
    }


def _typed_argument(name: str, declared: ParameterInput) -> str:
    given = f"workflow.parameters[{expr.literal(names.parameter_name(name))}]"
    if declared.type is ParameterType.STRING:
        prefix = expr.literal(ENCODED)
        value = f"({given} startsWith {prefix} ? {given}[{len(ENCODED)}:] : {expr.encoded(given)})"
    else:
        value = expr.escaped(f"trim({given})")
    if declared.optional and declared.default is None:
        value = f"(trim({given}) == '' ? {expr.NULL} : {value})"
    return value
