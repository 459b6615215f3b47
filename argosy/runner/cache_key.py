"""What a task's result depends on, the key made of it, and the difference between two of them in words."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from argosy import __version__
from argosy.metadata.records import Artifact
from argosy.plan.spec import Component, ContainerExecutor
from argosy.runner import stored
from argosy.runner.code_digest import code_digests, module_digests
from argosy.runner.executor_subprocess import is_argosy
from argosy.user_code import FILE_PARAMETERS, is_inline, parse_reference, python_sources

Ingredients = dict[str, Any]
NOT_IN_KEY = ("beam_pipeline_args",)
"""Parameters that say where a task computes, not what."""
FINGERPRINT = "fingerprint"
UNKNOWN_DATA = "not known at"
"""How the fingerprint begins of what cannot tell whether it has changed."""
CODE = "code with sha256:"
KEPT_CHARACTERS = 1000
SHOWN_CHARACTERS = 60


def ingredients(
    component: Component,
    body: ContainerExecutor,
    parameters: Mapping[str, Any],
    artifacts: Mapping[str, Sequence[Artifact]],
    image: Mapping[str, str] = {},
) -> Ingredients:
    """Returns everything that the outputs depend on, as JSON values.

    `image` is the digest of the task's image, which stands in place of the code's where the task runs in it.
    """
    return {
        "component": {
            "name": component.name,
            "image": body.image,
            "command": [*body.command, *body.args],
            "env": dict(body.env),
            "outputs": {name: output.title for name, output in component.output_artifacts.items()},
            "output_parameters": {name: str(output.type) for name, output in component.output_parameters.items()},
        },
        "argosy": __version__ if is_argosy(body) and not image else "",
        "code": image or (_code(body, parameters) if is_argosy(body) else {}),
        "parameters": {
            name: _code_by_digest(value) if name in FILE_PARAMETERS and is_argosy(body) else _short(value)
            for name, value in parameters.items()
            if name not in NOT_IN_KEY
        },
        "artifacts": {name: [stored.fingerprint(artifact) for artifact in found] for name, found in artifacts.items()},
    }


def cache_key(pipeline: str, node: str, made_of: Ingredients, own_key: str = "") -> str:
    """Returns the key: of the ingredients, or of the author's own key and the component where there is one."""
    basis = [made_of["component"]["name"], own_key] if own_key else [pipeline, node, made_of]
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()


def step_name(body: ContainerExecutor) -> str:
    """Returns the Argosy step that a container runs; the empty string for other containers."""
    words = [*body.command, *body.args]
    if not is_argosy(body) or "--component" not in words[:-1]:
        return ""
    return words[words.index("--component") + 1]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Returns in words what changed between two executions' ingredients.

    >>> old = {"parameters": {"steps": 1}, "artifacts": {}, "code": {}, "component": {}, "argosy": "1"}
    >>> differences(old, {**old, "parameters": {"steps": 2}})
    ['parameter steps changed from 1 to 2']
    """
    found = [
        _parameter_change(name, old["parameters"], new["parameters"])
        for name in _changed(old["parameters"], new["parameters"])
    ]
    found += [f"input {name} changed" for name in _changed(old["artifacts"], new["artifacts"])]
    if old["component"] != new["component"]:
        keys = ", ".join(_changed(old["component"], new["component"]))
        found.append(f"the component's definition changed ({keys})")
    if old["argosy"] and new["argosy"] and old["argosy"] != new["argosy"]:
        found.append(f"Argosy changed from {old['argosy']} to {new['argosy']}")
    areas = _changed(old["code"], new["code"])
    return found + ([f"code of {', '.join(areas)} changed"] if areas else [])


def _code(body: ContainerExecutor, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Returns the digests of Argosy's own code that the step and the user's code run, and of importable modules."""
    held = [value for name in FILE_PARAMETERS if isinstance(value := parameters.get(name), str)]
    texts = [text for value in held for text in python_sources(value)]
    return code_digests(step_name(body), user_code=texts) | module_digests(parameters)


def _code_by_digest(value: Any) -> Any:
    """Code that lies somewhere stands in the ingredients as its digest, wherever that is."""
    reference = parse_reference(value) if isinstance(value, str) else None
    return f"{CODE}{reference.digest}" if reference is not None and reference.digest else _short(value)


def _short(value: Any) -> Any:
    """Long texts stand in the ingredients, which every execution keeps, as their first line and digest."""
    if not isinstance(value, str) or len(value) <= KEPT_CHARACTERS:
        return value
    return f"{value[:KEPT_CHARACTERS].splitlines()[0]}\n... sha256:{hashlib.sha256(value.encode()).hexdigest()}"


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*old, *new} if key not in old or key not in new or old[key] != new[key])


def _parameter_change(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if name not in old:
        return f"parameter {name} is new"
    if name not in new:
        return f"parameter {name} is no longer given"
    before, after = old[name], new[name]
    if name == FINGERPRINT and str(after).startswith(UNKNOWN_DATA):
        return "the data that it reads may have changed, which their source cannot tell (see parameter fingerprint)"
    if name == FINGERPRINT:
        return "the data that it reads changed"
    if isinstance(after, str) and is_inline(after):
        return f"parameter {name} changed (file {after.split()[2]} was edited)"
    if isinstance(after, str) and after.startswith(CODE):
        return f"parameter {name} changed (its code was edited)"
    if isinstance(before, dict) and isinstance(after, dict):
        keys = _changed(before, after)
        pieces = [f"{key} from {_shown(before.get(key))} to {_shown(after.get(key))}" for key in keys]
        return f"parameter {name} changed: {', '.join(pieces)}"
    return f"parameter {name} changed from {_shown(before)} to {_shown(after)}"


def _shown(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."
