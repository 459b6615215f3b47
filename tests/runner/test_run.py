"""Whole runs of small shell plans: what runs, what is taken, what the report and the store say."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from argosy.errors import ParameterError, PipelineError, StorageError
from argosy.metadata import ArtifactState, Context, ExecutionState, open_store, render
from argosy.metadata import trace as trace_lineage
from argosy.plan.spec import (
    ComponentInput,
    Constant,
    ContainerExecutor,
    ParameterInput,
    RetryPolicy,
    TaskFinalStatus,
    TaskOutput,
    Trigger,
)
from argosy.plan.values import ParameterType
from argosy.runner import Layout, RunEnded, RunOptions, RunReport, RunStarted, State, TaskChanged, run_pipeline
from argosy.runner.history import explain, read_report


def reasons(report: RunReport) -> dict[str, str]:
    return {task.name: task.reason for task in report.tasks}


def states(report: RunReport) -> dict[str, str]:
    return {task.name: str(task.state) for task in report.tasks}


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    return RunOptions(root=tmp_path / "root", grace_seconds=1)


def test_a_run_reports_what_the_store_holds(chain, options, trace) -> None:
    events: list[object] = []
    report = run_pipeline(chain(), options, events.append)
    assert trace() == ["make", "upper", "join"]
    assert (report.state, report.exit_code, report.parameters) == (State.SUCCEEDED, 0, {"joined": "aA"})
    assert report == read_report(options.root)
    assert isinstance(events[0], RunStarted)
    assert events[0].tasks == ("make", "upper", "join")
    assert [(event.task, event.state) for event in events if isinstance(event, TaskChanged)] == [
        (name, state) for name in ("make", "upper", "join") for state in (State.RUNNING, State.SUCCEEDED)
    ]
    assert events[-1] == RunEnded(report=report)
    last = report.tasks[-1]
    [uri] = last.outputs["out"].uris
    assert uri == f"{options.root}/artifacts/test/join/{last.execution_id}/out"
    assert Path(uri).read_text() == "aA"
    assert Path(report.tasks[0].log).read_text().splitlines()[-1] == "start"
    with open_store(Layout.at(options.root).metadata) as store:
        assert [execution.state for execution in store.executions()] == [ExecutionState.COMPLETE] * 3
        assert {artifact.state for artifact in store.artifacts()} == {ArtifactState.LIVE}
        for kind, name in (("pipeline", "test"), ("pipeline_run", report.run_id), ("node", "test.join")):
            assert store.executions(context=Context(type=kind, name=name))
            assert store.artifacts(context=Context(type=kind, name=name))
        text = render(trace_lineage(store, uri))
    assert f"one: Dataset {report.tasks[0].outputs['out'].uris[0]}" in text
    assert "by upper" in text


def test_a_second_run_starts_no_process(chain, options, trace) -> None:
    first = run_pipeline(chain(), options)
    trace()
    second = run_pipeline(chain(), options)
    assert trace() == []
    assert all(task.cached and task.attempts == 0 for task in second.tasks)
    assert set(reasons(second).values()) == {f"cached from run {first.run_id}"}
    assert second.parameters == first.parameters
    assert [task.outputs for task in second.tasks] == [task.outputs for task in first.tasks]
    assert explain(second)[0] == f"make was not run: cached from run {first.run_id}"
    third = run_pipeline(chain(), options)
    assert set(reasons(third).values()) == {f"cached from run {first.run_id}"}
    with open_store(Layout.at(options.root).metadata) as store:
        assert len(store.artifacts()) == 3
        assert [execution.state for execution in store.executions()][3:] == [ExecutionState.CACHED] * 6
        keys = store.contexts("execution_cache")
        # Else a look-up would take longer with every cached run.
        assert [len(store.executions(context=key)) for key in keys] == [1] * 3


def test_a_changed_parameter_reruns_what_follows(chain, options, trace) -> None:
    run_pipeline(chain("a"), options)
    trace()
    report = run_pipeline(chain("b"), options)
    assert trace() == ["make", "upper", "join"]
    assert reasons(report) == {
        "make": 'parameter text changed from "a" to "b"',
        "upper": "input source changed",
        "join": "input one changed; input two changed",
    }


def test_what_comes_out_alike_is_not_followed_up(chain, options, trace) -> None:
    run_pipeline(chain(upper="tr a-z A-Z"), options)
    trace()
    report = run_pipeline(chain(upper="tr '[:lower:]' '[:upper:]'"), options)
    assert trace() == ["upper"]
    assert reasons(report)["upper"] == "the component's definition changed (command)"
    assert reasons(report)["join"].startswith("cached from")


def test_going_back_finds_the_older_run(chain, options, trace) -> None:
    first = run_pipeline(chain("a"), options)
    run_pipeline(chain("b"), options)
    trace()
    assert reasons(run_pipeline(chain("a"), options))["make"] == f"cached from run {first.run_id}"
    assert trace() == []


def test_metadata_that_changes_is_followed_up(leaf, make_plan, make_task, options) -> None:
    note = '{"artifacts":{"out":{"artifacts":[{"metadata":{"note":"\'<note>\'"}}]}}}'
    plan = make_plan(
        leaf(
            "make", f"mkdir <out>; printf %s '{note}' > {{{{$.outputs.output_file}}}}",
            parameters={"note": ParameterType.STRING}, writes=["out"],
        ),
        leaf(
            "read", "printf %s '{{$.inputs.artifacts['x'].metadata['note']}}' > <v>; test -d <x>",
            reads=["x"], values={"v": ParameterType.STRING},
        ),
        tasks=[
            make_task("make", cache=True, parameters={"note": ComponentInput(name="note")}),
            make_task(
                "read", cache=True, depends_on=("make",), artifacts={"x": TaskOutput(task="make", output="out")}
            ),
        ],
        parameters={"note": ParameterInput(type=ParameterType.STRING)},
    )  # fmt: skip

    def run(note: str) -> tuple[list[bool], str]:
        report = run_pipeline(plan, dataclasses.replace(options, arguments={"note": note}))
        return [task.cached for task in report.tasks], report.tasks[-1].parameters["v"]

    assert run("a") == ([False, False], "a")
    assert run("b") == ([False, False], "b")
    assert run("a") == ([True, True], "a")
    shutil.rmtree(read_report(options.root).tasks[0].outputs["out"].uris[0])
    # The same, empty, folder and metadata: whoever reads it need not run again.
    assert run("a") == ([False, True], "a")


@pytest.mark.parametrize("harm", ["remove", "change"])
def test_outputs_that_are_harmed_are_made_again(chain, options, trace, harm: str) -> None:
    report = run_pipeline(chain(), options)
    trace()
    [uri] = report.tasks[1].outputs["out"].uris
    Path(uri).unlink() if harm == "remove" else Path(uri).write_text("B")
    report = run_pipeline(chain(), options)
    assert trace() == ["upper"]
    words = "is gone" if harm == "remove" else "was changed"
    assert reasons(report)["upper"] == f"earlier output {uri} {words}"


def test_caching_can_be_switched_off(chain, options, trace) -> None:
    run_pipeline(chain(), options)
    trace()
    report = run_pipeline(chain(), dataclasses.replace(options, no_cache=True))
    assert trace() == ["make", "upper", "join"]
    assert set(reasons(report).values()) == {"caching is off (--no-cache)"}
    report = run_pipeline(chain(cache=False), options)
    assert trace() == ["make", "upper", "join"]
    assert set(reasons(report).values()) == {"caching is off for this task"}


def test_a_failure_holds_up_only_what_needs_it(leaf, make_plan, make_task, options) -> None:
    plan = make_plan(
        leaf("bad", "echo half > <out>; echo the cause; exit 3", writes=["out"]),
        leaf("after", "true", reads=["x"]),
        leaf("other", "true"),
        tasks=[
            make_task("bad"),
            make_task("after", artifacts={"x": TaskOutput(task="bad", output="out")}, depends_on=("bad",)),
            make_task("other"),
        ],
    )
    report = run_pipeline(plan, options)
    assert states(report) == {"bad": "FAILED", "after": "SKIPPED", "other": "SUCCEEDED"}
    assert (report.state, report.error, report.exit_code) == (State.FAILED, "bad: the cause", 3)
    assert reasons(report)["after"] == "bad failed"
    with open_store(Layout.at(options.root).metadata) as store:
        [failed] = store.executions(state=ExecutionState.FAILED)
        assert failed.properties["__execution_result__"] == "the cause"
        [artifact] = [one for one in store.artifacts() if one.state == ArtifactState.ABANDONED]
    assert not Path(artifact.uri).exists()


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("printf 3 > <n>", "wrote nothing to its output 'out'"),
        ("touch <out>; printf 3.5 > <n>", "parameter 'n' must be an integer"),
        ("touch <out>", "no value for its output parameter 'n'"),
        ("touch <out>; printf 3 > <n>; printf '{\"x\":1}' > {{$.outputs.output_file}}", "found x"),
        ("touch <out>; kill -9 $$", "killed by signal 9"),
        ("exec no-such-program", "no-such-program"),
    ],
)
def test_what_a_task_leaves_is_read_strictly(leaf, make_plan, make_task, options, script: str, error: str) -> None:
    plan = make_plan(leaf("t", script, writes=["out"], values={"n": ParameterType.INTEGER}), tasks=[make_task("t")])
    report = run_pipeline(plan, options)
    assert report.state == State.FAILED
    [task] = report.tasks
    assert error in task.error
    assert (task.reason != "", task.attempts, Path(task.log).exists()) == (True, 1, True)


def test_it_is_tried_again_into_an_empty_folder(leaf, make_plan, make_task, options, tmp_path: Path) -> None:
    script = f"echo x >> {tmp_path}/n; test ! -e <out>; touch <out>; test $(wc -l < {tmp_path}/n) = 3"
    retry = RetryPolicy(max_retries=4, backoff_seconds=0.01)
    plan = make_plan(leaf("t", script, writes=["out"]), tasks=[make_task("t", retry=retry)])
    report = run_pipeline(plan, options)
    assert (report.state, report.tasks[0].attempts) == (State.SUCCEEDED, 3)
    assert Path(report.tasks[0].log).read_text().count("# attempt") == 3


def test_who_waits_for_another_attempt_holds_up_nobody(leaf, make_plan, make_task, options, tmp_path: Path) -> None:
    plan = make_plan(
        leaf("again", f"test -e {tmp_path}/flag"),
        leaf("first", "true"),
        leaf("second", f"touch {tmp_path}/flag"),
        tasks=[
            make_task("again", retry=RetryPolicy(max_retries=10, backoff_seconds=0.2, backoff_factor=1)),
            make_task("first"),
            make_task("second", depends_on=("first",)),
        ],
    )
    assert run_pipeline(plan, dataclasses.replace(options, workers=1)).state == State.SUCCEEDED


def test_a_timeout_is_a_failure(leaf, make_plan, make_task, options) -> None:
    plan = make_plan(leaf("t", "sleep 60", timeout=0.2), tasks=[make_task("t")])
    assert run_pipeline(plan, options).tasks[0].error == "timed out after 0.2 s"


def test_environment_and_folder(leaf, make_plan, make_task, options) -> None:
    component = leaf(
        "t", 'printf %s "$GREETING|$PWD" > <v>', values={"v": ParameterType.STRING},
        parameters={"who": ParameterType.STRING}, env={"GREETING": "hello {{$.inputs.parameters['who']}}"},
    )  # fmt: skip
    plan = make_plan(component, tasks=[make_task("t", parameters={"who": Constant(value='"you"')})])
    report = run_pipeline(plan, options)
    assert report.tasks[0].parameters == {"v": f'hello "you"|{options.root}'}


@pytest.mark.parametrize(("ending", "state"), [("true", "SUCCEEDED"), ("exit 2", "FAILED")])
@pytest.mark.parametrize("exit_script", ["true", "false"])
def test_an_exit_task_learns_how_it_ended_and_hides_nothing(
    leaf, make_plan, make_task, options, ending: str, state: str, exit_script: str
) -> None:
    plan = make_plan(
        leaf("work", f"echo why; {ending}"),
        leaf(
            "leave",
            "printf %s '<status>' > <seen>; " + exit_script,
            parameters={"status": ParameterType.TASK_FINAL_STATUS},
            values={"seen": ParameterType.STRING},
        ),
        tasks=[
            make_task("work"),
            make_task(
                "leave",
                depends_on=("work",),
                trigger=Trigger.ALL_COMPLETED,
                parameters={"status": TaskFinalStatus(task="work")},
            ),
        ],
    )
    report = run_pipeline(plan, options)
    assert states(report)["work"] == state
    succeeded = state == "SUCCEEDED" and exit_script == "true"
    assert report.state == (State.SUCCEEDED if succeeded else State.FAILED)
    if exit_script == "true":
        seen = json.loads(report.tasks[-1].parameters["seen"])
        assert (seen["state"], seen["pipelineTaskName"]) == (state, "work")
        assert seen["error"] == ({"code": 2, "message": "why"} if state == "FAILED" else {})


def test_arguments_reach_tasks_and_are_checked_first(leaf, make_plan, make_task, options) -> None:
    component = leaf(
        "t", "printf %s '<n>' > <v>", parameters={"n": ParameterType.INTEGER}, values={"v": ParameterType.STRING}
    )
    declared = {"n": ParameterInput(type=ParameterType.INTEGER)}
    plan = make_plan(component, tasks=[make_task("t", parameters={"n": ComponentInput(name="n")})], parameters=declared)
    report = run_pipeline(plan, dataclasses.replace(options, arguments={"n": 7}))
    assert report.tasks[0].parameters == {"v": "7"}
    for wrong in ({}, {"n": "seven"}, {"m": 7}):
        with pytest.raises(ParameterError):
            run_pipeline(plan, dataclasses.replace(options, arguments=wrong))
    assert len(list(Layout.at(options.root).runs.iterdir())) == 1


def test_a_part_of_a_pipeline(chain, options, trace) -> None:
    with_to = run_pipeline(chain(cache=False), dataclasses.replace(options, to_task="upper"))
    assert trace() == ["make", "upper"]
    assert states(with_to) == {"make": "SUCCEEDED", "upper": "SUCCEEDED", "join": "SKIPPED"}
    with_from = run_pipeline(chain(cache=False), dataclasses.replace(options, from_task="join"))
    assert trace() == ["join"]
    assert reasons(with_from)["make"] == f"outside this partial run: its outputs of run {with_to.run_id} are taken"
    assert with_from.parameters == {"joined": "aA"}
    with pytest.raises(PipelineError, match="did you mean 'upper'"):
        run_pipeline(chain(), dataclasses.replace(options, from_task="uper"))
    with pytest.raises(PipelineError, match="does not follow"):
        run_pipeline(chain(), dataclasses.replace(options, from_task="join", to_task="make"))


def test_a_partial_run_needs_something_to_go_on_from(chain, options) -> None:
    report = run_pipeline(chain(), dataclasses.replace(options, from_task="upper"))
    assert states(report) == {"make": "FAILED", "upper": "SKIPPED", "join": "SKIPPED"}
    assert "run the pipeline without --from" in report.error


def test_resume_goes_on_where_it_failed(chain, options, trace) -> None:
    failed = run_pipeline(chain(cache=False, upper="false"), options)
    assert failed.state == State.FAILED
    trace()
    resumed = run_pipeline(chain(cache=False), dataclasses.replace(options, resume=True))
    assert trace() == ["upper", "join"]
    assert resumed.run_id == failed.run_id
    assert reasons(resumed)["make"] == "finished before the run was resumed"
    assert resumed.state == State.SUCCEEDED
    again = run_pipeline(chain(cache=False), dataclasses.replace(options, resume=True))
    assert again.run_id != failed.run_id


@pytest.mark.parametrize("cache", [True, False])
def test_an_exit_task_runs_again_at_the_end_of_a_resumed_run(
    leaf, make_plan, make_task, options, trace, tmp_path: Path, cache: bool
) -> None:
    plan = make_plan(
        leaf("work", f"echo work >> {tmp_path}/trace; test -e {tmp_path}/flag"),
        leaf("other", f"echo other >> {tmp_path}/trace"),
        leaf("tidy", f"echo tidy >> {tmp_path}/trace"),
        tasks=[
            make_task("work"),
            make_task("other", cache=cache),
            make_task("tidy", cache=cache, depends_on=("work",), trigger=Trigger.ALL_COMPLETED),
        ],
    )
    assert run_pipeline(plan, options).state == State.FAILED
    assert sorted(trace()) == ["other", "tidy", "work"]
    (tmp_path / "flag").touch()
    resumed = run_pipeline(plan, dataclasses.replace(options, resume=True))
    assert trace() == ["work", "tidy"]
    assert reasons(resumed)["tidy"] == "the run was resumed, and this comes at its end"


def test_a_foreign_image_is_refused_before_anything_runs(chain, options, trace) -> None:
    plan = chain()
    foreign = dataclasses.replace(
        plan.components["comp-join"], body=ContainerExecutor(label="x", image="alpine", command=("true",))
    )
    with pytest.raises(PipelineError, match="docker executor"):
        run_pipeline(dataclasses.replace(plan, components={**plan.components, "comp-join": foreign}), options)
    assert trace() == []


def test_a_root_that_is_a_file_is_refused(chain, tmp_path: Path) -> None:
    (tmp_path / "root").write_text("")
    with pytest.raises(StorageError, match="root"):
        run_pipeline(chain(), RunOptions(root=tmp_path / "root"))


def test_a_lost_store_does_not_bring_back_old_outputs(chain, options, trace) -> None:
    run_pipeline(chain(), options)
    Layout.at(options.root).metadata.unlink()
    trace()
    assert run_pipeline(chain(), options).state == State.SUCCEEDED
    assert trace() == ["make", "upper", "join"]


def test_beam_arguments_are_added_and_not_in_the_key(leaf, make_plan, make_task, options) -> None:
    component = leaf(
        "t",
        "printf %s '<beam_pipeline_args>' > <v>",
        parameters={"beam_pipeline_args": ParameterInput(type=ParameterType.LIST, default=["--a"])},
        values={"v": ParameterType.STRING},
    )
    plan = make_plan(component, tasks=[make_task("t", cache=True)])
    report = run_pipeline(plan, dataclasses.replace(options, beam_args=("--b",)))
    assert report.tasks[0].parameters == {"v": '["--a","--b"]'}
    assert run_pipeline(plan, options).tasks[0].cached


def test_the_root_may_be_moved_away_and_begun_again(chain, options, trace) -> None:
    run_pipeline(chain(), options)
    shutil.rmtree(options.root)
    trace()
    assert run_pipeline(chain(), options).state == State.SUCCEEDED
    assert trace() == ["make", "upper", "join"]
