import pytest

from argosy.errors import ParameterError
from argosy.serving.destination import base_directory


def test_a_relative_folder_is_taken_from_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for versioning in ("AUTO", "UNIX_TIMESTAMP"):
        found = base_directory({"filesystem": {"base_directory": "models/m", "versioning": versioning}})
        assert found == str(tmp_path / "models" / "m")


@pytest.mark.parametrize("given", ["s3://b/models/m", "gs://b/models/m/"])
def test_a_place_in_a_store(given):
    assert base_directory({"filesystem": {"base_directory": given}}) == given.rstrip("/")


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        ({}, "give"),
        ({"file_system": {}}, "unknown key 'file_system'; did you mean 'filesystem'"),
        ({"filesystem": {"baseDirectory": "x"}}, "did you mean 'base_directory'"),
        ({"filesystem": {"base_directory": ""}}, "base_directory: ''"),
        ({"filesystem": {"base_directory": "x", "versioning": "auto"}}, "versioning: 'auto'"),
        ({"filesystem": {"base_directory": "s3://b"}}, "s3://b: .*give it as s3://b/MODEL"),
        ({"filesystem": {"base_directory": "gs://b/"}}, "give it as gs://b/MODEL"),
        ({"filesystem": {"base_directory": "ftp://b/m"}}, "scheme not supported"),
    ],
)
def test_wrong_destinations(destination, message):
    with pytest.raises(ParameterError, match=message):
        base_directory(destination)
