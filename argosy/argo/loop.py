"""Loops: what a task iterates over, and how the outputs of its iterations become lists."""

from typing import Any

from argosy.argo import expression as expr
from argosy.argo import scope
from argosy.argo.scope import Scope
from argosy.errors import ParameterError, PipelineError
from argosy.plan.spec import ArtifactItems, ParameterItems, RawItems
from argosy.plan.values import ParameterType, from_untyped
from argosy.plan.wire import encode

LOOPED = "~"
"""Begins the outputs of an iteration, which keeps Argo from taking them for JSON and writing it anew."""


def collected(name: str, kind: str) -> str:
    """Returns the list of an output over the iterations, those left out that have none.

    Argo hands on a list of texts, or, where each is the JSON of a list or a struct, of what they stand for.
    """
    found = expr.decoded(expr.output_if_any("item", name, "'[]'"))
    text = f"(type(#) != 'string' ? {expr.encoded('#')} : # startsWith {expr.literal(LOOPED)} ? #[1:] : #)"
    texts = f"filter(map({found}, {text}), # != {expr.NULL})"
    if kind == "artifact":
        # Each is a list of references: the list of all is flat.
        texts = f"filter(map({texts}, #[1:len(#) - 1]), # != '')"
    return f"'[' + join({texts}, ',') + ']'"


def items(at: Scope) -> str:
    """Returns the argument that holds a loop's items: a list of wire texts."""
    iterator = at.task.iterator
    assert iterator is not None
    match iterator.items:
        case RawItems(items=items):
            declared = at.component.parameters[iterator.item_input].type
            return encode([encode(_item(item, declared, iterator.item_input)) for item in items])
        case ArtifactItems(input=source):
            found = expr.or_else(scope.artifact(at, source), "'[]'")
            return expr.tag(f"toJson(map({expr.decoded(found)}, '[' + {expr.encoded('#')} + ']'))")
        case ParameterItems(input=source):
            declared = at.component.parameters[iterator.item_input].type
            wire, parameter_type = scope.parameter(at, source)
            found = expr.decoded(wire)
            if parameter_type is not ParameterType.LIST:
                found = f"(type({found}) == 'string' ? fromJSON({found}) : {found})"
            wrong = expr.fail(f"the loop over {source!r} needs a list")
            listed = f"(type({found}) == 'array' ? {found} : {wrong})"
            return expr.tag(f"toJson(map({listed}, {expr.as_declared('#', declared)}))")


def _item(item: Any, declared: ParameterType, name: str) -> Any:
    try:
        return from_untyped(item, declared, name)
    except ParameterError as error:
        raise PipelineError(f"iterates over an item of the wrong type: {error}") from error
