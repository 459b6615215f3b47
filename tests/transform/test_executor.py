"""The Transform step."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from argosy import fs
from argosy.errors import ParameterError, UserCodeError
from argosy.examples.read import read_examples

pytestmark = [pytest.mark.tf, pytest.mark.beam]

COLUMNS = {
    "x": ("FLOAT", [1.0, 2.0, 3.0]),
    "label": ("INT", [0, 1, 0]),
    "words": ("BYTES", [b"a", None, [b"b", b"a"]]),
}
HEAD = "import tensorflow as tf\nimport argosy.transform as tft\n\n\ndef preprocessing_fn(inputs):\n    "
PLAIN = HEAD + "return {'x': tft.scale_to_z_score(inputs['x']), 'words': inputs['words'], 'label': inputs['label']}\n"


@pytest.fixture
def rows(project):
    return project.write(COLUMNS, dense=("x", "label"), splits=("train", "eval"))


def test_it_writes_every_row_of_every_split_and_says_how_many(rows):
    graph, transformed = rows.run(PLAIN)
    files = [str(file.relative_to(transformed.path)) for file in sorted(Path(transformed.path).rglob("*.gz"))]
    assert files == [f"Split-{split}/transformed_examples-00000-of-00001.gz" for split in ("eval", "train")]
    (batch,) = read_examples(transformed.path, "eval")
    assert batch.column("words").to_pylist() == [[b"a"], None, [b"b", b"a"]]
    assert batch.column("x").to_pylist()[1] == [0.0]
    assert json.loads(transformed.metadata["num_examples"]) == {"eval": 3, "train": 3}
    assert transformed.metadata["num_input_rows"] == 6
    assert transformed.metadata["payload_format"] == "FORMAT_TF_EXAMPLE"
    assert json.loads(transformed.metadata["split_names"]) == ["eval", "train"]
    assert json.loads(graph.metadata["num_examples"]) == {"train": 3}


def test_the_graph_lies_as_tensorflow_transform_has_it_and_nothing_else(rows):
    graph, _ = rows.run(
        HEAD + "return {'w': tft.compute_and_apply_vocabulary(inputs['words'], vocab_filename='my words')}\n"
    )
    found = {str(file.relative_to(graph.path)) for file in Path(graph.path).rglob("*") if file.is_file()}
    assert found == {
        "metadata/schema.pbtxt", "transformed_metadata/schema.pbtxt", "transformed_metadata/asset_map",
        "transform_fn/saved_model.pb", "transform_fn/fingerprint.pb", "transform_fn/assets/my-words",
        "transform_fn/variables/variables.index", "transform_fn/variables/variables.data-00000-of-00001",
    }  # fmt: skip
    asset_map = json.loads((Path(graph.path) / "transformed_metadata" / "asset_map").read_text())
    assert asset_map == {"my-words": "my-words"}


def test_the_same_rows_and_code_give_the_same_bytes_in_another_process(rows):
    vocabulary = "w = tft.compute_and_apply_vocabulary(inputs['words'])\n    "
    table = "t = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(['a'], [1]), -1)\n    "
    code = HEAD + vocabulary + table + "return {'w': w, 't': t.lookup(tf.as_string(inputs['x']))}\n"
    (rows.root / "features.py").write_text(code)
    digests = []
    for name in ("a", "b"):
        build = (
            "from argosy.transform.analyze import RowSource; from argosy.transform.build import Job, build_graph;"
            "from pathlib import Path; from argosy.user_code import load_module; root = Path('.').resolve();"
            "source = RowSource(examples='examples', splits=['train']);"
            "function = load_module('features.py').preprocessing_fn;"
            "job = Job(function=function, file='', custom_config={}, schema='schema', source=source);"
            f"build_graph(job, root / '{name}', root / 'temp-{name}')"
        )  # fmt: skip
        subprocess.run([sys.executable, "-W", "ignore", "-c", build], cwd=rows.root, check=True, capture_output=True)
        digests.append(fs.digest(str(rows.root / name)))
    assert digests[0] == digests[1]


def test_other_rows_give_tables_of_other_names(project):
    code = HEAD + "return {'w': tft.compute_and_apply_vocabulary(inputs['w'])}\n"
    models = []
    for name, words in (("a", [b"a", b"a", b"b"]), ("b", [b"b", b"b", b"a"])):
        folder = type(project)(project.root / name)
        graph, _ = folder.write({"w": ("BYTES", words)}, dense=("w",)).run(code)
        models.append(graph.path)
    names = [re.findall(rb"table_0_\w+", Path(m, "transform_fn/saved_model.pb").read_bytes())[0] for m in models]
    assert names[0] != names[1]


def test_splits_and_materialize(rows):
    graph, transformed = rows.run(PLAIN, splits_config={"analyze": ["eval", "train"], "transform": ["eval"]})
    assert json.loads(graph.metadata["num_examples"]) == {"eval": 3, "train": 3}
    assert json.loads(transformed.metadata["split_names"]) == ["eval"]
    _, transformed = rows.run(
        PLAIN.replace("scale_to_z_score", "fill_missing").replace("'])", "'], 0.0)", 1), materialize=False
    )
    assert json.loads(transformed.metadata["split_names"]) == []


def test_custom_config_goes_to_a_function_that_declares_it(rows):
    code = "def preprocessing_fn(inputs, custom_config):\n    return {custom_config['name']: inputs['x']}\n"
    _, transformed = rows.run(code, custom_config={"name": "renamed"})
    (batch,) = read_examples(transformed.path, "train")
    assert batch.schema.names == ["renamed"]


@pytest.mark.parametrize("signature", ["()", "(inputs, labels)", "(inputs, *, config)"])
def test_a_function_that_cannot_be_called_with_the_inputs_is_refused(rows, signature):
    with pytest.raises(UserCodeError, match=r"preprocessing_fn\(.*it has to be preprocessing_fn\(inputs\)"):
        rows.run(f"def preprocessing_fn{signature}:\n    return {{}}\n")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"splits_config": {"analyse": ["train"]}}, "unknown key 'analyse'; did you mean 'analyze'"),
        ({"splits_config": {"analyze": []}}, "analyze is empty"),
        ({"splits_config": {"analyze": "train"}}, "analyze has to be a list of names of splits, found 'train'"),
        ({"splits_config": {"transform": None}}, "transform has to be a list of names of splits, found None"),
        ({"splits_config": {"analyze": ["trian"]}}, "no split 'trian'; did you mean 'train'"),
        ({"module_file": ""}, "neither is given"),
        ({"preprocessing_fn": "a.b"}, "both are given"),
        ({"module_file": "", "preprocessing_fn": "nothing"}, "'nothing' is no import path"),
        ({"module_file": "", "preprocessing_fn": "no_such_package.fn"}, "'no_such_package' cannot be imported"),
    ],
)
def test_parameters_out_of_range_are_refused(rows, parameters, message):
    with pytest.raises(ParameterError, match=message):
        rows.run(PLAIN, **parameters)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no such thing')", "preprocessing.py, line 6, .*: ValueError: no such thing"),
        ("return {'x': inputs['lable']}", "line 6.*KeyError: 'lable'; .*did you mean 'label'"),
        ("return {'x': tft.bucketize(inputs['x'], 0)}", "line 6.*num_buckets is 0"),
        ("return {'x': tft.bucketize(inputs['x'], 3, bins=3)}", "line 6.*TypeError: .*bins"),
        ("return {'x': inputs['x'] if tft.mean(inputs['x']) > 1 else -inputs['x']}", "line 6.*Python's if.*tf.where"),
        ("return {'x': float(tft.mean(inputs['x'])) * inputs['x']}", "line 6.*tf.where"),
        ("return {'x': tf.map_fn(lambda x: tft.mean(x), inputs['x'])}", "line 6, in preprocessing_fn: an analyzer"),
        ("return {'total': tf.reduce_sum(inputs['x'])}", "preprocessing.py, .*output 'total' is a scalar"),
        ("return {'x': tft.bucketize(inputs['x'], 2, weights=inputs['x'][:2])}", "3 values were given 2 weights"),
        ("return {'some': tf.unique(inputs['label']).y}", "'some' has 2 rows for 3 input rows"),
        ("return {'n': tft.fill_missing(inputs['words'], 'x')}", "preprocessing_fn failed on a batch"),
        ("return {'n': tft.scale_to_z_score(tf.strings.to_number(inputs['words'].values))}", "StringToNumber"),
    ],
)  # fmt: skip
def test_what_the_users_code_does_wrong_is_told_with_file_and_line(rows, body, message):
    with pytest.raises(UserCodeError, match=message):
        rows.run(HEAD + body + "\n")


def test_a_function_of_an_installed_package_is_named_by_its_import_path(rows, monkeypatch):
    (rows.root / "my_package_of_features.py").write_text("def double(inputs):\n    return {'x': 2 * inputs['x']}\n")
    monkeypatch.syspath_prepend(str(rows.root))
    _, transformed = rows.run(PLAIN, module_file="", preprocessing_fn="my_package_of_features.double")
    (batch,) = read_examples(transformed.path, "eval")
    assert batch.column("x").to_pylist() == [[2.0], [4.0], [6.0]]


def test_an_inlined_module_is_named_by_its_file(rows):
    from argosy.user_code import inline_file

    source = rows.root / "my_preprocessing.py"
    source.write_text(HEAD + "return {'x': 1 / 0}\n")
    with pytest.raises(UserCodeError, match=r"my_preprocessing.py, line 6, .*ZeroDivisionError: division by zero"):
        rows.run(PLAIN, module_file=inline_file(source))


def test_rows_that_do_not_fit_the_schema_name_the_feature(project):
    from argosy.errors import DataError

    project.write({"x": ("FLOAT", [1.0, None])}, dense=("x",))
    with pytest.raises(DataError, match=r"feature 'x'.*every row has 1"):
        project.run(HEAD + "return {'x': tft.scale_to_z_score(inputs['x'])}\n")
