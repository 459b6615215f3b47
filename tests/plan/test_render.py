import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import PipelineError
from argosy.plan.placeholders import Placeholder, RunContext, has_placeholder, parse_text, placeholders_of
from argosy.plan.render import constant_lookup, render_command, render_constant, structure_names, texts_of

CONTEXT = RunContext(pipeline_job_name="penguins-7", pipeline_task_name="train", pipeline_root="/root")
EXECUTOR_INPUT: dict[str, Any] = {
    "inputs": {
        "parameterValues": {"s": "it's {{$}} \U0001f427", "n": 3, "f": 2.0, "b": True, "l": [1, "a"], "none": None},
        "artifacts": {
            "data": {"artifacts": [{"name": "d", "uri": "file:///d", "metadata": {"span": 3, "note": "x"}}]},
            "many": {"artifacts": [{"name": "a", "uri": "/a"}, {"name": "b", "uri": "/b"}]},
            "empty": {"artifacts": []},
        },
    },
    "outputs": {
        "parameters": {"total": {"outputFile": "/out/total"}},
        "artifacts": {"model": {"artifacts": [{"name": "m", "uri": "/out/model"}]}},
        "outputFile": "/out/executor_output.json",
    },
}


def rendered(*elements: str) -> list[str]:
    return render_command(elements, EXECUTOR_INPUT, CONTEXT, local_path=lambda uri: uri.removeprefix("file://"))


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("plain {{x}} {$} {{ $.a }}", "plain {{x}} {$} {{ $.a }}"),
        ("{{$.inputs.parameters['s']}}", "it's {{$}} \U0001f427"),
        ("{{$.inputs.parameters[\"n\"]}}+{{$.inputs.parameters['f']}}", "3+2"),
        ("{{$.inputs.parameters['b']}} {{$.inputs.parameters['l']}}", 'true [1,"a"]'),
        ("{{$.inputs.artifacts['data'].uri}} {{$.inputs.artifacts['data'].path}}", "file:///d /d"),
        ("{{$.inputs.artifacts['data'].name}}", "d"),
        ("{{$.inputs.artifacts['data'].metadata}}", '{"note":"x","span":3}'),
        ("{{$.inputs.artifacts['data'].metadata['span']}}", "3"),
        ("{{$.outputs.artifacts['model'].path}}", "/out/model"),
        ("{{$.outputs.parameters['total'].output_file}}", "/out/total"),
        ("{{$.outputs.output_file}}", "/out/executor_output.json"),
        ("{{$.pipeline_job_name}}/{{$.pipeline_task_name}}", "penguins-7/train"),
    ],
)
def test_placeholders(element: str, expected: str) -> None:
    assert rendered(element) == [expected]


def test_the_whole_input_is_ascii_json() -> None:
    [text] = rendered("{{$}}")
    assert text.isascii()
    assert json.loads(text) == EXECUTOR_INPUT
    [artifacts] = rendered("{{$.inputs.artifacts['many']}}")
    assert [one["uri"] for one in json.loads(artifacts)] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        ({"Concat": ["a", "{{$.inputs.parameters['n']}}", "b"]}, ["a3b"]),
        ({"IfPresent": {"InputName": "n", "Then": ["--n", "{{$.inputs.parameters['n']}}"]}}, ["--n", "3"]),
        ({"IfPresent": {"InputName": "none", "Then": ["--none"]}}, []),
        ({"IfPresent": {"InputName": "gone", "Then": "yes", "Else": "no"}}, ["no"]),
        ({"IfPresent": {"InputName": "data", "Then": "yes", "Else": "no"}}, ["yes"]),
        ({"IfPresent": {"InputName": "empty", "Then": "yes", "Else": "no"}}, ["no"]),
        ({"Concat": ["x", {"IfPresent": {"InputName": "gone", "Then": "1", "Else": {"Concat": ["2", "3"]}}}]}, ["x23"]),
        ({"IfPresent": {"InputName": "n", "Then": [{"Concat": ["a", "b"]}, "c"], "Else": []}}, ["ab", "c"]),
    ],
)
def test_structures(structure: object, expected: list[str]) -> None:
    assert rendered("first", json.dumps(structure), "last") == ["first", *expected, "last"]


@pytest.mark.parametrize(
    "element", ['{"Concat": 3}', '{"Concat": ["a"]', '{"IfPresent": {"Then": "a"}}', '{"Concat": [1]}']
)
def test_broken_structures_are_refused(element: str) -> None:
    with pytest.raises(PipelineError, match="Concat"):
        rendered(element)


def test_what_a_structure_asks_for_and_holds_is_known() -> None:
    element = json.dumps({"Concat": ["x", {"IfPresent": {"InputName": "a", "Then": "y", "Else": "z"}}]})
    assert structure_names(element) == ("a",)
    assert texts_of(element) == ("x", "y", "z")


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ("{{$.inputs.parameters['gone']}}", "'gone' has no value"),
        ("{{$.inputs.parameters['none']}}", "'none' has no value"),
        ("{{$.inputs.artifacts['empty'].uri}}", "'empty' has no value"),
        ("{{$.inputs.artifacts['many'].uri}}", "list of 2 artifacts"),
        ("{{$.inputs.artifacts['data'].metadata['spam']}}", "did you mean 'span'"),
        ("{{$.outputs.parameters['gone'].output_file}}", "'gone' has no value"),
        ("{{$.input.parameters['n']}}", "unknown placeholder"),
        ("{{$.inputs.parameters[n]}}", "unknown placeholder"),
        ("{{$.inputs.parameters['n']", "unknown placeholder"),
        ("{{$.inputs.artifacts['data'].uri['x']}}", "unknown placeholder"),
        ("{{$.json_escape[1]}}", "unknown placeholder"),
        ("{{$.pipeline_job_nam}}", "did you mean 'pipeline_job_name'"),
        ("x{{channel:task=;name=k;type=Integer;}}", "KFP's compiler left"),
    ],
)
def test_a_placeholder_without_value_is_an_error(element: str, found: str) -> None:
    with pytest.raises(PipelineError, match=found):
        rendered(element)


def test_constants_are_rendered_inside_and_stay_texts() -> None:
    lookup = constant_lookup({"n": 3, "s": "{{$.inputs.parameters['n']}}"}, CONTEXT)
    constant = {"{{$.inputs.parameters['n']}}": ["{{$.inputs.parameters['s']}}", 1, True]}
    assert has_placeholder(constant)
    assert [placeholder.name for placeholder in placeholders_of(constant)] == ["n", "s"]
    assert render_constant(constant, lookup) == {"3": ["{{$.inputs.parameters['n']}}", 1, True]}


def test_a_constant_has_no_outputs() -> None:
    with pytest.raises(PipelineError, match="a constant cannot hold"):
        render_constant("{{$.outputs.output_file}}", constant_lookup({}, CONTEXT))


PIECES = st.text(alphabet=st.characters(exclude_characters="{")) | st.sampled_from(
    ["{", "{{", "{{x}}", "{$", "}}", "{{$x"]
)
NAMES = st.text(st.characters(exclude_characters="'\"", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(PIECES, NAMES, st.text()), min_size=1, max_size=4))
@settings(max_examples=100)
def test_each_placeholder_is_replaced_once_and_nothing_else(parts: list[tuple[str, str, str]]) -> None:
    values = {name: value for _, name, value in parts}
    text = "".join(f"{piece}\n{{{{$.inputs.parameters['{name}']}}}}" for piece, name, _ in parts)
    expected = "".join(f"{piece}\n{values[name]}" for piece, name, _ in parts)
    assert render_command([text], {"inputs": {"parameterValues": values}}, CONTEXT) == [expected]


@given(st.text(alphabet="{}$.'[]inputsparametersx\" ", max_size=40))
@settings(max_examples=200)
def test_any_text_is_cut_without_loss_or_refused(text: str) -> None:
    try:
        parts = parse_text(text)
    except PipelineError:
        assert "{{$." in text
        return
    if not any(isinstance(part, Placeholder) for part in parts):
        assert "".join(map(str, parts)) == text
