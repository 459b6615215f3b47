"""A Plan as one manifest: Workflow, WorkflowTemplate or CronWorkflow."""

import json
from typing import Any

from argosy import __version__
from argosy.argo import expression as expr
from argosy.argo import names, pods
from argosy.argo.options import ArgoOptions, check_options
from argosy.argo.settings import pull_secrets
from argosy.argo.templates import Templates, dag_template
from argosy.errors import PipelineError, located
from argosy.plan.spec import ContainerExecutor, ParameterInput, Plan
from argosy.plan.values import ParameterType
from argosy.plan.walk import places
from argosy.plan.wire import encode

API_VERSION = "argoproj.io/v1alpha1"
LABEL = "argosy.dev/"
ENTRYPOINT = "pipeline"
ENCODED = "argosy-json:"
"""Begins a pipeline argument of type STRING that is written as JSON."""


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
    spec = _spec(plan, options)
    name = options.name or plan.name
    labels = {f"{LABEL}pipeline": names.label_value(plan.name)}
    metadata: dict[str, Any] = {
        **({"generateName": f"{name}-"} if options.kind == "Workflow" and not options.name else {"name": name}),
        **({"namespace": options.namespace} if options.namespace else {}),
        "labels": labels,
        "annotations": _annotations(plan, options),
    }
    manifest: dict[str, Any] = {"apiVersion": API_VERSION, "kind": options.kind, "metadata": metadata}
    if options.kind != "CronWorkflow":
        if options.kind == "WorkflowTemplate":
            spec["workflowMetadata"] = {"labels": labels, "annotations": metadata["annotations"]}
        return {**manifest, "spec": spec}
    cron = {
        "schedules": [options.schedule],
        **({"timezone": options.timezone} if options.timezone else {}),
        "concurrencyPolicy": "Forbid",
        "workflowMetadata": {"labels": labels, "annotations": metadata["annotations"]},
        "workflowSpec": spec,
    }
    return {**manifest, "spec": cron}


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
    root = dag_template(templates, plan.root)
    entry = names.unique(ENTRYPOINT, templates.made)
    claims = [pull for place in places(plan) for pull in _pull_secrets(place.path, place.component.body)]
    secrets = dict.fromkeys([*options.pull_secrets, *claims])
    fields: dict[str, Any] = {
        "entrypoint": entry,
        "serviceAccountName": options.service_account,
        "arguments": {"parameters": [_parameter(name, spec) for name, spec in plan.root.parameters.items()]},
        "activeDeadlineSeconds": options.deadline_seconds,
        "ttlStrategy": {"secondsAfterCompletion": options.ttl_seconds} if options.ttl_seconds else {},
        "podGC": {} if options.keep_pods else {"strategy": "OnPodSuccess"},
        "imagePullSecrets": [{"name": name} for name in secrets],
        "podMetadata": {"labels": {f"{LABEL}pipeline": names.label_value(plan.name)}},
        "securityContext": pods.pod_security(),
        "podSpecPatch": pods.sidecar_patch(),
        "volumes": pods.volumes(options),
        "templates": [_entry(plan, entry, root), *templates.made.values()],
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


def _entry(plan: Plan, name: str, root: str) -> dict[str, Any]:
    """Returns the template that a Workflow begins by: it puts what a person typed onto the wire."""
    inputs = names.input_names(plan.root)
    arguments = [{"name": names.PATH, "value": ""}]
    arguments += [
        {"name": inputs["parameter", parameter], "value": expr.tag(_typed_argument(parameter, declared))}
        for parameter, declared in plan.root.parameters.items()
    ]
    arguments += [{"name": inputs["artifact", artifact], "value": "null"} for artifact in plan.root.artifacts]
    outputs = [
        {"name": argo, "valueFrom": {"expression": expr.output_if_any("root", argo)}}
        for argo in names.output_names(plan.root).values()
    ]
    return {
        "name": name,
        **({"outputs": {"parameters": outputs}} if outputs else {}),
        "dag": {"tasks": [{"name": "root", "template": root, "arguments": {"parameters": arguments}}]},
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
