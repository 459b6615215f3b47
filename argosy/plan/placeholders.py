"""Placeholders: what stands for a value inside a constant, a command or an environment variable.

    {{$}}                                                  the whole ExecutorInput, as JSON
    {{$.inputs.parameters['x']}}                           a value; JSON where it is no text
    {{$.inputs.artifacts['x'].uri}}  .path .name .metadata .metadata['k']
    {{$.inputs.artifacts['x']}}                            the artifacts of the input, as a JSON list
    {{$.outputs.artifacts['x'].uri}} .path .name .metadata .metadata['k']
    {{$.outputs.parameters['x'].output_file}}              where to write it
    {{$.outputs.output_file}}                              where to write the ExecutorOutput
    {{$.pipeline_job_name}} ...                            see RunContext

Everything is replaced in one pass: a value that looks like a placeholder stays as it is.
"""

import dataclasses
import re
from typing import Any, Literal

from argosy.errors import PipelineError, did_you_mean

Section = Literal[
    "executor_input", "input_parameter", "input_artifact", "output_parameter", "output_artifact", "output_file", "run"
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Placeholder:
    """One placeholder.

    Attributes:
        section: What it reads.
        name: The input's or output's name, or the attribute of the run.
        field: Of an artifact: uri, path, name, metadata, or empty for all of it.
        key: Of metadata: one key, or empty for all of them.
    """

    section: Section
    name: str = ""
    field: str = ""
    key: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunContext:
    """What {{$.pipeline_...}} stand for in one task of one run."""

    pipeline_job_name: str = ""
    pipeline_job_resource_name: str = ""
    pipeline_job_uuid: str = ""
    pipeline_task_name: str = ""
    pipeline_task_uuid: str = ""
    pipeline_root: str = ""
    pipeline_job_create_time_utc: str = ""
    pipeline_job_schedule_time_utc: str = ""


Parts = tuple[str | Placeholder, ...]
"""A text cut at its placeholders."""


def parse_text(text: str) -> Parts:
    """Returns the text cut into plain pieces and placeholders.

    Raises:
        PipelineError: Something begins like a placeholder and is none that is known.

    >>> parse_text("n={{$.inputs.parameters['n']}}")
    ('n=', Placeholder(section='input_parameter', name='n', field='', key=''))
    """
    if "{{channel:task=" in text:
        raise PipelineError(
            f"KFP's compiler left a reference unresolved in {text!r}: it cannot format a value into a text there. "
            "Pass the whole value, or compose the text in a component"
        )
    parts: list[str | Placeholder] = []
    end = 0
    for match in _ANY.finditer(text):
        parts += [text[end : match.start()], _placeholder(match.group(1), text)]
        end = match.end()
    parts.append(text[end:])
    return tuple(part for part in parts if part != "")


def has_placeholder(value: Any) -> bool:
    """Returns whether a constant, or anything inside it, is a text that has to be resolved."""
    if isinstance(value, list):
        return any(map(has_placeholder, value))
    if isinstance(value, dict):
        return any(map(has_placeholder, [*value, *value.values()]))
    return isinstance(value, str) and ("{{$." in value or "{{channel:task=" in value)


def placeholders_of(value: Any) -> tuple[Placeholder, ...]:
    """Returns the placeholders in a constant and in everything inside it."""
    if isinstance(value, str):
        return tuple(part for part in parse_text(value) if isinstance(part, Placeholder)) if "{{" in value else ()
    inside = value if isinstance(value, list) else [*value, *value.values()] if isinstance(value, dict) else []
    return tuple(found for item in inside for found in placeholders_of(item))


_ANY = re.compile(r"\{\{\$((?:\.(?:[^{}'\"]|'[^']*'|\"[^\"]*\")*)?)\}\}|\{\{\$(?=\.)")
_NAME = r"\[(?:'([^']+)'|\"([^\"]+)\")\]"
_PARAMETER = re.compile(rf"\.inputs\.parameters{_NAME}")
_OUTPUT_PARAMETER = re.compile(rf"\.outputs\.parameters{_NAME}\.output_file")
_ARTIFACT = re.compile(rf"\.(inputs|outputs)\.artifacts{_NAME}(?:\.(uri|path|name|metadata))?(?:{_NAME})?")
_RUN_NAMES = tuple(field.name for field in dataclasses.fields(RunContext))


def _placeholder(inside: str | None, text: str) -> Placeholder:
    if inside == "":
        return Placeholder(section="executor_input")
    if inside == ".outputs.output_file":
        return Placeholder(section="output_file")
    if inside and inside[1:] in _RUN_NAMES:
        return Placeholder(section="run", name=inside[1:])
    if match := _PARAMETER.fullmatch(inside or ""):
        return Placeholder(section="input_parameter", name=match[1] or match[2])
    if match := _OUTPUT_PARAMETER.fullmatch(inside or ""):
        return Placeholder(section="output_parameter", name=match[1] or match[2])
    if match := _ARTIFACT.fullmatch(inside or ""):
        side, single, double, field, single_key, double_key = match.groups()
        key = single_key or double_key or ""
        if (field or side == "inputs") and (field == "metadata" or not key):
            section: Section = "input_artifact" if side == "inputs" else "output_artifact"
            return Placeholder(section=section, name=single or double, field=field or "", key=key)
    shown = "{{$." if inside is None else "{{$" + inside + "}}"
    raise PipelineError(f"{text!r} has the unknown placeholder {shown}; {did_you_mean((inside or '')[1:], _RUN_NAMES)}")
