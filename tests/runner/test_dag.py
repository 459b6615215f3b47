"""Loops, conditions, importers and limits, as far as the suite of pipelines does not show them."""

import dataclasses
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.plan.spec import (
    ArtifactOutput,
    Component,
    Constant,
    ImporterExecutor,
    Iterator,
    ParameterItems,
    RawItems,
    TaskOutput,
)
from argosy.plan.values import ParameterType
from argosy.runner import RunOptions, State, run_pipeline
from argosy.runner.call import Mode
from argosy.runner.partial import in_order, modes


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    return RunOptions(root=tmp_path / "root", workers=4)


def test_independent_tasks_run_side_by_side(leaf, make_plan, make_task, options, tmp_path: Path) -> None:
    meet = "touch {0}/{1}; for i in $(seq 500); do test -e {0}/{2} && exit 0; sleep 0.02; done; exit 1"
    plan = make_plan(
        leaf("a", meet.format(tmp_path, "a", "b")),
        leaf("b", meet.format(tmp_path, "b", "a")),
        tasks=[make_task("a"), make_task("b")],
    )
    assert run_pipeline(plan, options).state == State.SUCCEEDED


@pytest.mark.parametrize(("parallelism", "workers", "most"), [(1, 4, 1), (2, 4, 2), (0, 1, 1)])
def test_loops_keep_their_limit(
    leaf, make_plan, make_task, options, tmp_path: Path, parallelism: int, workers: int, most: int
) -> None:
    script = f"touch {tmp_path}/in.$$; ls {tmp_path} | grep -c '^in' > <n>; sleep 0.1; rm {tmp_path}/in.$$"
    loop = Iterator(items=RawItems(items=tuple("abcd")), item_input="item", parallelism=parallelism)
    plan = make_plan(
        leaf("t", script, parameters={"item": ParameterType.STRING}, values={"n": ParameterType.INTEGER}),
        tasks=[make_task("t", iterator=loop)],
    )
    report = run_pipeline(plan, dataclasses.replace(options, workers=workers))
    assert [task.name for task in report.tasks if task.state == State.SUCCEEDED] != []
    assert sorted(task.name for task in report.tasks) == [f"t[{index}]" for index in range(4)]
    assert max(task.parameters["n"] for task in report.tasks) <= most


def test_a_loop_over_nothing_collects_nothing(leaf, make_plan, make_task, options) -> None:
    plan = make_plan(
        leaf("items", "printf '[]' > <l>", values={"l": ParameterType.LIST}),
        leaf(
            "t",
            "true",
            parameters={"l": ParameterType.LIST, "item": ParameterType.STRING},
            values={"v": ParameterType.STRING},
        ),
        leaf(
            "after", "printf %s '<found>' > <seen>",
            parameters={"found": ParameterType.LIST}, values={"seen": ParameterType.STRING},
        ),
        tasks=[
            make_task("items"),
            make_task(
                "t",
                depends_on=("items",),
                parameters={"l": TaskOutput(task="items", output="l")},
                iterator=Iterator(items=ParameterItems(input="l"), item_input="item"),
            ),
            make_task("after", depends_on=("t",), parameters={"found": TaskOutput(task="t", output="v")}),
        ],
    )  # fmt: skip
    report = run_pipeline(plan, options)
    assert {task.name: task.parameters for task in report.tasks} == {"items": {"l": []}, "after": {"seen": "[]"}}


def test_one_failed_item_fails_the_loop_and_the_others_go_on(leaf, make_plan, make_task, options) -> None:
    loop = Iterator(items=RawItems(items=("true", "false", "true")), item_input="item")
    plan = make_plan(
        leaf("t", "<item>", parameters={"item": ParameterType.STRING}),
        leaf("after", "true"),
        tasks=[make_task("t", iterator=loop), make_task("after", depends_on=("t",))],
    )
    report = run_pipeline(plan, options)
    assert {task.name: str(task.state) for task in report.tasks} == {
        "t[0]": "SUCCEEDED", "t[1]": "FAILED", "t[2]": "SUCCEEDED", "after": "SKIPPED",
    }  # fmt: skip


def test_the_order_of_a_loop_is_no_reason_to_run_again(leaf, make_plan, make_task, options) -> None:
    component = leaf(
        "t", "printf '<item>' > <v>", parameters={"item": ParameterType.STRING}, values={"v": ParameterType.STRING}
    )
    for items in ("ab", "cba"):
        loop = Iterator(items=RawItems(items=tuple(items)), item_input="item")
        report = run_pipeline(make_plan(component, tasks=[make_task("t", iterator=loop, cache=True)]), options)
    assert {task.name: (task.cached, task.parameters["v"]) for task in report.tasks} == {
        "t[0]": (False, "c"), "t[1]": (True, "b"), "t[2]": (True, "a"),
    }  # fmt: skip


def test_a_page_is_one_file_with_its_suffix(leaf, make_plan, make_task, options) -> None:
    plan = make_plan(leaf("t", "echo '<html>' > <page>", writes=["page"], title="system.HTML"), tasks=[make_task("t")])
    [uri] = run_pipeline(plan, options).tasks[0].outputs["page"].uris
    assert Path(uri).name == "page.html"
    assert Path(uri).is_file()


def importer(uri: str, *, reimport: bool = False) -> Component:
    body = ImporterExecutor(
        label="exec-import",
        artifact_uri=Constant(value=uri),
        title="system.Dataset",
        metadata={"k": 1},
        reimport=reimport,
    )
    return Component(
        name="comp-import", body=body, output_artifacts={"artifact": ArtifactOutput(title="system.Dataset")}
    )


def test_an_importer_notices_when_the_outside_changes(leaf, make_plan, make_task, options, tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("1")

    def run(reimport: bool = False):
        plan = make_plan(
            importer(str(file), reimport=reimport),
            leaf("read", "cp <x> <v>", reads=["x"], values={"v": ParameterType.STRING}),
            tasks=[
                make_task("import"),
                make_task(
                    "read",
                    cache=True,
                    depends_on=("import",),
                    artifacts={"x": TaskOutput(task="import", output="artifact")},
                ),
            ],
        )
        report = run_pipeline(plan, options)
        return [(task.cached, task.parameters.get("v")) for task in report.tasks]

    assert run() == [(False, None), (False, "1")]
    assert run() == [(True, None), (True, "1")]
    assert run(reimport=True) == [(False, None), (True, "1")]
    file.write_text("2")
    assert run() == [(False, None), (False, "2")]


def test_an_importer_of_nothing_fails_by_name(make_plan, make_task, options, tmp_path: Path) -> None:
    report = run_pipeline(make_plan(importer(str(tmp_path / "none")), tasks=[make_task("import")]), options)
    assert report.state == State.FAILED
    assert report.error == f"import: nothing is at {tmp_path}/none; give the URI of something that exists"


def test_modes_of_a_partial_run(leaf, make_plan, make_task) -> None:
    needs = {"a": (), "b": ("a",), "c": ("b",), "d": ("a",), "e": ("c", "d")}
    plan = make_plan(
        *(leaf(name, "true") for name in needs), tasks=[make_task(n, depends_on=d) for n, d in needs.items()]
    )
    run, reuse = Mode.RUN, Mode.REUSE
    assert modes(plan.dag, "", "") == dict.fromkeys(needs, run)
    dashed = make_plan(leaf("a-b", "true"), tasks=[make_task("a-b")])
    assert modes(dashed.dag, "a_b", "") == {"a-b": run}
    assert modes(plan.dag, "", "c") == {"a": run, "b": run, "c": run}
    assert modes(plan.dag, "c", "") == {"a": reuse, "b": reuse, "c": run, "d": reuse, "e": run}
    assert modes(plan.dag, "b", "c") == {"a": reuse, "b": run, "c": run}
    assert in_order({name: needs[name] for name in reversed(needs)}) == ("a", "b", "c", "d", "e")


@given(edges=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_an_order_keeps_every_dependency(edges: list[tuple[int, int]]) -> None:
    needs: dict[str, set[str]] = {str(node): set() for node in range(10)}
    for one, other in edges:
        if one != other:
            needs[str(max(one, other))].add(str(min(one, other)))
    order = in_order(needs)
    assert sorted(order) == sorted(needs)
    assert all(order.index(first) < order.index(name) for name, firsts in needs.items() for first in firsts)


def test_many_items_need_few_threads(leaf, make_plan, make_task, options) -> None:
    loop = Iterator(items=RawItems(items=tuple(map(str, range(12)))), item_input="item")
    plan = make_plan(
        leaf("t", "true", parameters={"item": ParameterType.STRING}), tasks=[make_task("t", iterator=loop)]
    )
    begun = time.monotonic()
    assert len(run_pipeline(plan, options).tasks) == 12
    assert time.monotonic() - begun < 60
