import json

import pytest

from argosy import fs
from argosy.artifacts import AnyArtifact, Output
from argosy.errors import ArtifactError, DataError, ParameterError
from argosy.ingest.importer import importer
from argosy.pointer import FILE, follow, read_pointer, write_pointer


def output_at(path) -> Output[AnyArtifact]:
    path.mkdir(exist_ok=True)
    return Output(uri=str(path), path=str(path), name="artifact")


def model_at(path):
    (path / "model" / "sub").mkdir(parents=True)
    (path / "model" / "sub" / "file").write_text("weights")
    return str(path / "model")


def test_a_pointer_stands_for_what_it_points_to(tmp_path):
    model, artifact = model_at(tmp_path), output_at(tmp_path / "pointer")
    importer(artifact, artifact_uri=model, artifact_type="system.Model", metadata={"origin": "elsewhere", "n": 3})
    assert follow(artifact.path) == (model, model)
    digest = fs.digest(model)
    assert read_pointer(artifact.path) == {"uri": model, "type": "system.Model", "digest": digest}
    assert artifact.metadata == {
        "origin": "elsewhere",
        "n": 3,
        "artifact_uri": model,
        "artifact_type": "system.Model",
        "digest": digest,
    }


def test_patterns_of_splits_have_to_match(tmp_path):
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "a.gz").touch()
    given = {"artifact_uri": str(tmp_path / "rows"), "artifact_type": "system.ArgosyExamples"}
    artifact = output_at(tmp_path / "pointer")
    importer(artifact, **given, metadata={"custom_split_pattern": '{"train": "*.gz"}'})
    assert artifact.metadata["custom_split_pattern"] == '{"train": "*.gz"}'
    with pytest.raises(ArtifactError, match=r"rows: no file matches 'b\.gz', which is custom_split"):
        importer(output_at(tmp_path / "no"), **given, metadata={"custom_split_pattern": '{"eval": "b.gz"}'})
    assert not list((tmp_path / "no").iterdir())


def test_what_is_no_pointer_stands_for_itself(tmp_path):
    model = model_at(tmp_path)
    assert follow(model) == (model, model)
    assert follow("/nowhere") == ("/nowhere", "/nowhere")


def test_a_relative_path_and_a_file_uri(tmp_path, monkeypatch):
    model = model_at(tmp_path)
    monkeypatch.chdir(tmp_path)
    importer(output_at(tmp_path / "one"), artifact_uri="model")
    assert follow(str(tmp_path / "one")) == (model, model)
    importer(output_at(tmp_path / "two"), artifact_uri=f"file://{model}/sub/file")
    assert follow(str(tmp_path / "two")) == (f"{model}/sub/file", f"{model}/sub/file")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"artifact_uri": "/nowhere/at/all"}, DataError, "found no file there"),
        ({"artifact_uri": ""}, DataError, "found no file there"),
        ({"artifact_type": "system.Modell"}, ParameterError, "did you mean 'system.Model'"),
        ({"metadata": {"x": [1]}}, ParameterError, r"metadata: x is \[1\]"),
        ({"fingerprint": "abc"}, DataError, "has changed since the run began"),
    ],
)
def test_what_is_refused(tmp_path, change, error, message):
    artifact = output_at(tmp_path / "pointer")
    with pytest.raises(error, match=message):
        importer(artifact, **{"artifact_uri": model_at(tmp_path), **change})
    assert list((tmp_path / "pointer").iterdir()) == []


def test_a_pointer_that_no_longer_holds(tmp_path):
    model = model_at(tmp_path)
    importer(output_at(tmp_path / "pointer"), artifact_uri=model, artifact_type="system.Model")
    (tmp_path / "model" / "sub" / "file").write_text("others")
    with pytest.raises(ArtifactError, match="content has changed since; import it again"):
        follow(str(tmp_path / "pointer"))
    fs.remove(model)
    with pytest.raises(ArtifactError, match="there is nothing; import it again"):
        follow(str(tmp_path / "pointer"))
    write_pointer(model, "/elsewhere", "system.Model", "")
    with pytest.raises(ArtifactError, match="is a pointer itself"):
        follow(str(tmp_path / "pointer"))


@pytest.mark.parametrize(
    "content", ["{", "[]", json.dumps({"uri": "x"}), json.dumps({"uri": 1, "type": "", "digest": ""})]
)
def test_a_pointer_file_that_is_none(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(ArtifactError, match="import the artifact again"):
        follow(str(tmp_path))
