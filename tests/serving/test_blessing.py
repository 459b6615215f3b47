import pytest

from argosy.artifacts import Input
from argosy.serving.blessing import refusal


@pytest.mark.parametrize(
    ("file", "metadata", "expected"),
    [
        ("BLESSED", {}, ""),
        ("BLESSED", {"blessed": 0}, ""),
        ("NOT_BLESSED", {"blessed": 1}, "not blessed"),
        (None, {"blessed": 1}, ""),
        (None, {"blessed": 1.0}, ""),
        (None, {"blessed": 0}, "not blessed"),
        (None, {}, "no verdict"),
    ],
)
def test_the_verdict(tmp_path, file, metadata, expected):
    if file:
        (tmp_path / file).touch()
    found = refusal(Input(uri=str(tmp_path), path=str(tmp_path), metadata=metadata))
    assert found.startswith(expected)
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"reasons": [{"message": "AUC is 0.5"}, {"message": "no rows"}]}', "not blessed: AUC is 0.5; no rows"),
        ('{"reasons": []}', "not blessed"),
        ('["AUC"]', "not blessed"),
        ('{"reasons": [', "not blessed"),
    ],
)
def test_reasons_and_prefix(tmp_path, text, expected):
    (tmp_path / "INFRA_NOT_BLESSED").touch()
    (tmp_path / "reasons.json").write_text(text)
    assert refusal(Input(uri=str(tmp_path), path=str(tmp_path)), "INFRA_") == expected
