"""Names that Argo takes, made from those of the spec: equal where it takes them, and never two from one."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from argosy.plan.spec import Component

OWN_PREFIX = "argosy-"
"""Begins the names of what the compiler itself adds."""
PATH, ITEMS, REPORT = f"{OWN_PREFIX}path", f"{OWN_PREFIX}items", f"{OWN_PREFIX}report"
MAX_NAME = 100
_OPERATORS = frozenset(
    (
        "and",
        "contains",
        "else",
        "endsWith",
        "false",
        "if",
        "in",
        "let",
        "matches",
        "nil",
        "not",
        "or",
        "startsWith",
        "true",
    )
)
"""Words of expr-lang, in which `depends` is read."""
_HASHED = re.compile(r"-[0-9a-f]{8}")


def task_name(name: str) -> str:
    """Returns the Argo name of a task or template: itself, or one that ends in a digest of it.

    >>> task_name("train"), task_name("a_b"), task_name("a.b")
    ('train', 'a-b-7ddcf3ec', 'a-b-2d50976a')
    """
    plain = re.fullmatch(r"[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?", name)
    if plain and len(name) <= MAX_NAME and name not in _OPERATORS and not _HASHED.search(name[-9:]):
        return name
    readable = re.sub(r"[^a-zA-Z0-9]", "-", name[: MAX_NAME - 10]).strip("-")
    return f"{readable if re.match('[a-zA-Z]', readable) else f't-{readable}'}-{_digest(name)}"


def input_names(component: Component) -> dict[tuple[str, str], str]:
    """Returns ("parameter" or "artifact", name) -> Argo parameter, for the inputs of a component."""
    return _interface(component.parameters, component.artifacts)


def output_names(component: Component) -> dict[tuple[str, str], str]:
    """Returns ("parameter" or "artifact", name) -> Argo parameter, for the outputs of a component."""
    return _interface(component.output_parameters, component.output_artifacts)


def parameter_name(name: str) -> str:
    """Returns the name of an Argo parameter for an input, an output or a setting.

    >>> parameter_name("pipelinechannel--x"), parameter_name("a.b"), parameter_name("argosy-path")
    ('pipelinechannel--x', 'a_b-2d50976a', 'argosy-path-d91c7f47')
    """
    if re.fullmatch(r"[-a-zA-Z0-9_]+", name) and not name.startswith(OWN_PREFIX) and not _HASHED.search(name[-9:]):
        return name
    return f"{name.replace('.', '_')}-{_digest(name)}"


def unique(name: str, taken: Mapping[str, object]) -> str:
    """Returns the name, or the first of name-2, name-3... that is not taken."""
    number = 2
    candidate = name
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def label_value(text: str) -> str:
    """Returns a text as the value of a Kubernetes label: at most 63 letters, digits, '-', '_' and '.'."""
    if len(text) <= 63 and re.fullmatch(r"[a-zA-Z0-9](?:[-a-zA-Z0-9_.]*[a-zA-Z0-9])?", text):
        return text
    return f"{re.sub('[^a-zA-Z0-9]', '-', text[:50]).strip('-')}-{_digest(text)}"


def _interface(parameters: Iterable[str], artifacts: Iterable[str]) -> dict[tuple[str, str], str]:
    names = {("parameter", name): parameter_name(name) for name in parameters}
    taken = set(names.values())
    for name in artifacts:
        own = parameter_name(name)
        names["artifact", name] = f"{own}-{_digest(f'artifact {name}')}" if own in taken else own
    return names


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
