"""What a person gets wrong: the error names step, file or feature and the remedy, and nothing is published.

Tasks upstream of the fault come from the finished quickstart's cache.
"""

import contextlib
import copy
import json
import socket
import sqlite3
from pathlib import Path

import pytest
import yaml

from argosy.metadata import ArtifactState, open_store
from argosy.user_code import inline_file

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]

HEADER = "species,bill_length_mm\n"
TINY = """
from kfp import dsl
from argosy.components import example_gen, statistics_gen

@dsl.pipeline(name="tiny")
def tiny(data: str = "data", options: dict = {}, input_config: dict = {}) -> None:
    examples = example_gen(input_base=data, input_config=input_config).outputs["examples"]
    statistics_gen(examples=examples, stats_options=options)
"""


@pytest.fixture(scope="module")
def tiny(cli, tmp_path_factory):
    """A compiled pipeline of two steps; its data is given by parameter."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "pipeline.py").write_text(TINY)
    done = cli("compile", folder, "--target", "kfp", "-o", folder / "tiny.yaml")
    assert done.returncode == 0, done.stderr
    return folder / "tiny.yaml"


@pytest.fixture
def variant(penguins, tmp_path):
    """Writes the compiled quickstart with other constants in one task; texts of files stand for modules."""
    documents = list(yaml.safe_load_all(penguins.spec.read_text()))

    def write(task: str, **constants) -> Path:
        changed = copy.deepcopy(documents)
        inputs = changed[0]["root"]["dag"]["tasks"][task]["inputs"]["parameters"]
        for name, value in constants.items():
            if name in ("module_file", "eval_config"):
                file = tmp_path / ("edited.py" if name == "module_file" else "edited.yaml")
                file.write_text(value)
                value = inline_file(file)
            inputs[name] = {"runtimeValue": {"constant": value}}
        target = tmp_path / "variant.yaml"
        target.write_text(yaml.safe_dump_all(changed, sort_keys=False))
        return target

    return write


def run(cli, pipeline, root, *arguments):
    done = cli("run", pipeline, "--root", root, "--json", *arguments)
    assert done.stdout, done.stderr
    return done, json.loads(done.stdout)


def live(root, task):
    """The task's artifacts that the store calls usable."""
    with open_store(root / "metadata.sqlite") as store:
        found = [one for one in store.artifacts() if one.properties.get("producer_component") == task]
        return [one.uri for one in found if one.state == ArtifactState.LIVE]


def written(root, task):
    return [path for path in root.glob(f"artifacts/*/{task}/**/*") if path.is_file()]


def refused(report, done, task, *said, code=2):
    """Asserts that this task failed by this code, saying so, in the report and as the last line that a person sees."""
    (failed,) = [one for one in report["tasks"] if one["state"] == "FAILED"]
    assert failed["name"] == task
    assert done.returncode == code, failed["error"]
    assert failed["exit_code"] == code
    assert "\n" not in failed["error"]
    for text in said:
        assert text in failed["error"], failed["error"]
    assert report["state"] == "FAILED"
    assert report["error"] == f"{task}: {failed['error']}"
    said_last = done.stderr.splitlines()
    if failed["log"]:
        assert said_last.pop().startswith(f"its log: argosy logs {task} --root ")
    assert said_last[-1].endswith(failed["error"])
    others = {one["state"] for one in report["tasks"] if one["name"] != task}
    assert others <= {"SUCCEEDED", "SKIPPED"}


CSV_FAULTS = {
    "missing_folder": (None, ["input_base", "no such file or folder"]),
    "no_file": ({}, ["no file matches"]),
    "empty_file": ({"a.csv": b""}, ["a.csv", "empty"]),
    "header_only": ({"a.csv": HEADER.encode()}, ["a.csv", "no row"]),
    "ragged_row": ({"a.csv": b"a,b\n1,2\n3\n4,5\n"}, ["a.csv", "line 3", "2", "1"]),
    "ragged_row_too_long": ({"a.csv": b"a,b\n1,2\n3,4\n\n4,5,6\n"}, ["a.csv", "line 5"]),
    "not_utf8": ({"a.csv": b"a,b\n1,ok\n2,caf\xe9\n"}, ["a.csv", "line 3", "UTF-8"]),
    "two_headers": ({"a.csv": b"a,b\n1,2\n", "b.csv": b"a,c\n1,2\n"}, ["b.csv", "header"]),
    "same_name_twice": ({"a.csv": b"a,a\n1,2\n"}, ["a.csv", "'a'"]),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_csv_that_cannot_be_read(cli, tiny, tmp_path, fault):
    files, said = CSV_FAULTS[fault]
    data, root = tmp_path / "input", tmp_path / "root"
    if files is not None:
        data.mkdir()
        for name, content in files.items():
            (data / name).write_bytes(content)
    done, report = run(cli, tiny, root, "--param", f"data={data}")
    refused(report, done, "example-gen", *said)
    assert live(root, "example-gen") == []
    assert written(root, "example-gen") == []


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("dat=x", ["--param dat", "no such parameter", "did you mean 'data'"]),
        ("options=3", ["options", "3"]),
        ("options=[1]", ["options", "[1]"]),
        ("options={", ["--param options", "JSON"]),
        ("options", ["name=value"]),
    ],
)
def test_a_parameter_of_the_pipeline_that_cannot_be(cli, tiny, tmp_path, parameter, said):
    done = cli("run", tiny, "--root", tmp_path / "root", "--param", parameter)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    for text in said:
        assert text in done.stderr
    assert not (tmp_path / "root" / "runs").exists()


def test_a_required_parameter_that_is_not_given(cli, tmp_path):
    (tmp_path / "pipeline.py").write_text(TINY.replace('data: str = "data"', "data: str"))
    done = cli("run", tmp_path, "--root", tmp_path / "root")
    assert done.returncode == 2
    assert "data" in done.stderr
    assert "--param" in done.stderr


def test_a_steps_option_that_it_does_not_know(cli, tiny, tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n2\n3\n4\n5\n6\n")
    root = tmp_path / "root"
    arguments = ["--param", f"data={tmp_path / 'a.csv'}", "--param", 'options={"num_top_vales": 3}']
    done, report = run(cli, tiny, root, *arguments)
    refused(report, done, "statistics-gen", "num_top_vales", "did you mean 'num_top_values'")
    assert live(root, "statistics-gen") == []
    # Mended and resumed, the run goes on with what was done.
    arguments[3] = 'options={"num_top_values": 3}'
    done, report = run(cli, tiny, root, "--resume", *arguments)
    assert done.returncode == 0, done.stderr
    states = {task["name"]: (task["cached"], task["reason"]) for task in report["tasks"]}
    assert states["example-gen"] == (True, "finished before the run was resumed")
    assert states["statistics-gen"][0] is False


PREPROCESSING_FAULTS = {
    "raises": ("    raise ValueError('no such island')", ["preprocessing_fn", "ValueError", "no such island"]),
    "wrong_rank": ("    return {'x': tf.constant(1.0)}", ["preprocessing_fn", "'x'", "shape"]),
    "wrong_rows": (
        "    return {'x': tf.zeros([3, 1])}",
        ["preprocessing_fn", "'x'", "(3, 1)", "one row per input row"],
    ),
    "returns_nothing": ("    pass", ["preprocessing_fn", "dict"]),
    "unknown_input": ("    return {'x': inputs['iland']}", ["preprocessing_fn", "iland"]),
    "syntax": ("    return {", ["edited.py", "SyntaxError"]),
}


@pytest.mark.parametrize("fault", PREPROCESSING_FAULTS)
def test_a_preprocessing_fn_that_is_wrong(cli, penguins, variant, tmp_path, fault):
    body, said = PREPROCESSING_FAULTS[fault]
    spec = variant("transform", module_file=f"import tensorflow as tf\n\n\ndef preprocessing_fn(inputs):\n{body}\n")
    root = penguins.copy_of_root(tmp_path)
    before = live(root, "transform")
    done, report = run(cli, spec, root)
    refused(report, done, "transform", "step transform", *said)
    assert live(root, "transform") == before
    assert written(root, "transform") == []
    assert "edited.py" in cli("logs", "transform", "--root", root).stdout


RUN_FN_FAULTS = {
    "saves_nothing": ("def run_fn(fn_args):\n    pass\n", ["run_fn", "saved", "serving_model_dir"]),
    "raises": ("def run_fn(fn_args):\n    raise KeyError('speces')\n", ["run_fn", "KeyError", "speces"]),
    "ends_the_process": (
        "import os\n\ndef run_fn(fn_args):\n    os._exit(0)\n",
        ["before its step had ended", "os._exit"],
    ),
    "is_missing": ("def run(fn_args):\n    pass\n", ["run_fn", "did you mean 'run'"]),
}


@pytest.mark.parametrize("fault", RUN_FN_FAULTS)
def test_a_run_fn_that_is_wrong(cli, penguins, variant, tmp_path, fault):
    text, said = RUN_FN_FAULTS[fault]
    root = penguins.copy_of_root(tmp_path)
    before, versions = live(root, "trainer"), sorted((root / "models" / "penguins").iterdir())
    done, report = run(cli, variant("trainer", module_file=text), root)
    refused(report, done, "trainer", *said)
    assert live(root, "trainer") == before
    assert written(root, "trainer") == []
    assert sorted((root / "models" / "penguins").iterdir()) == versions


def test_train_args_that_are_unknown(cli, penguins, tmp_path):
    root = penguins.copy_of_root(tmp_path)
    done, report = run(cli, penguins.spec, root, "--param", 'train_args={"num_stesp": 3}')
    refused(report, done, "trainer", "step trainer", "num_stesp", "did you mean 'num_steps'")
    done, report = run(cli, penguins.spec, root, "--param", 'train_args={"num_steps": "many"}')
    refused(report, done, "trainer", "step trainer", "num_steps", "many")


EVALUATION_FAULTS = {
    "unknown_metric": (
        "class_name: ExampleCount", "class_name: ExampelCount", ["ExampelCount", "did you mean 'ExampleCount'"]
    ),
    "unknown_slice": ("feature_keys: [island]", "feature_keys: [iland]", ["iland", "did you mean 'island'"]),
    "unknown_label": ("label_key: species", "label_key: specie", ["specie", "did you mean 'species'"]),
    "unknown_field": ("slicing_specs:\n", "slice_specs:\n", ["slice_specs", "did you mean 'slicing_specs'"]),
    "not_yaml": ("model_specs:", "model_specs: [", ["YAML"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", EVALUATION_FAULTS)
def test_an_eval_config_that_is_wrong(cli, penguins, variant, tmp_path, fault):
    old, new, said = EVALUATION_FAULTS[fault]
    text = (penguins.folder / "evaluation.yaml").read_text()
    assert old in text
    root = penguins.copy_of_root(tmp_path)
    before, versions = live(root, "evaluator"), sorted((root / "models" / "penguins").iterdir())
    done, report = run(cli, variant("evaluator", eval_config=text.replace(old, new)), root)
    refused(report, done, "evaluator", "step evaluator", *said)
    assert live(root, "evaluator") == before
    assert sorted((root / "models" / "penguins").iterdir()) == versions


def test_a_model_below_threshold_is_no_error_and_is_not_pushed(cli, penguins, variant, tmp_path):
    text = (
        (penguins.folder / "evaluation.yaml")
        .read_text()
        .replace("lower_bound: {value: 0.9}", "lower_bound: {value: 1.5}")
    )
    root = penguins.copy_of_root(tmp_path)
    versions = sorted((root / "models" / "penguins").iterdir())
    done, report = run(cli, variant("evaluator", eval_config=text), root)
    assert done.returncode == 0, done.stderr
    assert report["state"] == "SUCCEEDED"
    tasks = {task["name"]: task for task in report["tasks"]}
    assert tasks["evaluator"]["parameters"] == {"blessed": False}
    assert tasks["pusher"]["parameters"] == {"pushed": False}
    assert sorted((root / "models" / "penguins").iterdir()) == versions
    verdict, reason = done.stderr.splitlines()[-2:]
    assert verdict == "evaluator: the model is not blessed, so it is not pushed"
    assert reason.startswith("  because ")
    assert "sparse_categorical_accuracy" in reason
    assert "1.5" in reason
    shown = cli("show", "evaluator.blessing", "--root", root).stdout
    assert shown.startswith("not blessed")
    assert "sparse_categorical_accuracy" in shown
    assert "1.5" in shown
    log = cli("logs", "evaluator", "--root", root).stdout
    assert "not blessed" in log.lower()
    assert "1.5" in log
    assert "not blessed" in cli("logs", "pusher", "--root", root).stdout.lower()


def test_anomalies_stop_the_run_as_a_gate(cli, penguins, tmp_path):
    """New data against an old schema: a value that the domain does not have."""
    (tmp_path / "data").mkdir()
    lines = (penguins.folder / "data" / "penguins.csv").read_text().splitlines()
    schema = Path(penguins.output("schema-gen", "schema"))
    (tmp_path / "data" / "new.csv").write_text(
        "\n".join([*lines, *["Emperor,Biscoe,40,18,190,3500,male,2009"] * 9]) + "\n"
    )
    (tmp_path / "pipeline.py").write_text(f'''
from kfp import dsl
from argosy.components import example_gen, example_validator, importer, statistics_gen

@dsl.pipeline(name="gate")
def gate() -> None:
    schema = importer(artifact_uri="{schema}", artifact_type="system.ArgosySchema").outputs["artifact"]
    statistics = statistics_gen(examples=example_gen(input_base="data").outputs["examples"]).outputs["statistics"]
    example_validator(statistics=statistics, schema=schema)
''')
    root = tmp_path / "root"
    done, report = run(cli, tmp_path, root)
    refused(report, done, "example-validator", "species", "unexpected string values", "fail_on", code=3)
    assert "Emperor" in cli("logs", "example-validator", "--root", root).stdout
    (page,) = (root / "runs").glob("*/findings/example-validator/report.html")
    assert "Emperor" in page.read_text()
    assert str(page.parent) in done.stderr


def test_a_port_that_is_taken(cli, penguins):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        base = penguins.root / "models" / "penguins"
        done = cli("serve", "--model-name", "p", "--model-base-path", base, "--rest-api-port", port, "--port", 0)
        assert done.returncode == 4
        assert f"port {port}" in done.stderr
        assert "another" in done.stderr


@pytest.mark.parametrize("place", ["{file}/root", "{file}", "/proc/argosy"])
def test_a_root_that_cannot_be_written(cli, tiny, tmp_path, place):
    (tmp_path / "file").write_text("x")
    root = place.format(file=tmp_path / "file")
    done = cli("run", tiny, "--root", root)
    assert done.returncode == 4
    assert root in done.stderr
    assert "--root" in done.stderr
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("other", ["another program", "no SQLite"])
def test_a_metadata_file_of_another_program(cli, tiny, tmp_path, other):
    root = tmp_path / "root"
    root.mkdir()
    file = root / "metadata.sqlite"
    if other == "no SQLite":
        file.write_bytes(b"a text, and no database\n" * 100)
    else:
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute("create table bookmarks (url text)")
    before = file.read_bytes()
    for command in (["run", tiny], ["lineage", "x"], ["clean"]):
        done = cli(*command, "--root", root)
        assert done.returncode == 2, (command, done.stderr)
        assert "metadata.sqlite" in done.stderr
        assert "another" in done.stderr
        assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "trianer"], ["trianer", "did you mean 'trainer'"]),
        (["--to", "shema-gen"], ["shema-gen", "did you mean 'schema-gen'"]),
        (["--from", "trainer", "--to", "transform"], ["does not follow"]),
    ],
)
def test_a_part_of_the_pipeline_that_is_none(cli, penguins, tmp_path, arguments, said):
    done = cli("run", penguins.spec, "--root", tmp_path / "root", *arguments)
    assert done.returncode == 2
    for text in said:
        assert text in done.stderr


def test_a_part_that_needs_outputs_which_nobody_made(cli, penguins, tmp_path):
    done, report = run(cli, penguins.spec, tmp_path / "root", "--from", "trainer", "--to", "trainer")
    assert done.returncode == 2
    assert "no earlier run left outputs" in report["error"]
    assert "--from" in report["error"]


PIPELINE_FAULTS = {
    "raises": ("1 / 0", ["pipeline.py", "ZeroDivisionError"]),
    "no_pipeline": ("x = 1", ["pipeline.py", "@dsl.pipeline"]),
    "missing_module": (
        TINY.replace("example_gen, statistics_gen", "trainer, example_gen, statistics_gen").replace(
            "    statistics_gen(", "    trainer(examples=examples, module_file='modle.py')\n    statistics_gen("
        ),
        ["modle.py", "no such file"],
    ),
    "unknown_component": (TINY.replace("import example_gen", "import example_gne, example_gen"), ["example_gne"]),
    "unknown_parameter": (TINY.replace("stats_options=", "stat_options="), ["stat_options"]),
}


@pytest.mark.parametrize("fault", PIPELINE_FAULTS)
@pytest.mark.parametrize("command", ["run", "compile"])
def test_a_pipeline_that_does_not_compile(cli, tmp_path, fault, command):
    source, said = PIPELINE_FAULTS[fault]
    (tmp_path / "pipeline.py").write_text(source)
    done = cli(
        command, tmp_path, *(["-o", tmp_path / "out.yaml"] if command == "compile" else ["--root", tmp_path / "r"])
    )
    assert done.returncode == 2
    for text in said:
        assert text in done.stderr
    assert not (tmp_path / "out.yaml").exists()
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("content", ["", "just: yaml\n", "{", "[1]", "\xe9"])
def test_a_yaml_that_is_no_pipeline(cli, tmp_path, content):
    file = tmp_path / "some.yaml"
    file.write_bytes(content.encode("latin-1"))
    done = cli("run", file, "--root", tmp_path / "root")
    assert done.returncode == 2
    assert "some.yaml" in done.stderr
