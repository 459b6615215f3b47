"""What a container sees of this machine, and what it may take."""

from pathlib import Path

import pytest

from argosy.errors import ParameterError
from argosy.pointer import write_pointer
from argosy.runner.container import Limits, Mount, limits, mounts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def test_the_root_is_writable_and_data_is_not(root: Path, tmp_path: Path) -> None:
    data, model = tmp_path / "data", tmp_path / "model"
    data.mkdir()
    model.mkdir()
    parameters = {"input_base": str(data), "steps": 3, "note": "a/b", "text": f"{data}\nis no path"}
    found = mounts(root, "example_gen", parameters, [f"file://{model}", "s3://bucket/key", str(tmp_path / "gone")])
    assert set(found) == {Mount(path=root, writable=True), Mount(path=data), Mount(path=model)}


def test_paths_inside_lists_and_dictionaries_count(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("a")
    assert Mount(path=file) in mounts(root, "", {"config": {"files": [str(file)]}}, [])


@pytest.mark.parametrize(
    "value", ["/", "/etc/passwd", "/opt", "/usr", "/proc/self", "/tmp", "/var/run/docker.sock", "/tmp/.."]
)
def test_what_an_image_has_of_its_own_is_not_replaced(root: Path, value: str) -> None:
    assert mounts(root, "", {"value": value}, []) == (Mount(path=root, writable=True),)


def test_what_lies_inside_another_mount_needs_none(root: Path, tmp_path: Path) -> None:
    (root / "data").mkdir()
    assert mounts(root, "", {"a": str(root / "data")}, []) == (Mount(path=root, writable=True),)
    above = mounts(root, "", {"a": str(tmp_path)}, [])
    assert above == (Mount(path=tmp_path), Mount(path=root, writable=True)), "a root below the data stays writable"


def test_a_pointer_brings_what_it_points_to(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "schema"
    target.mkdir()
    (root / "pointer").mkdir()
    write_pointer(str(root / "pointer"), str(target), "system.ArgosySchema", "")
    assert Mount(path=target) in mounts(root, "trainer", {}, [str(root / "pointer")])


def test_the_pushers_destination_is_made_and_writable(root: Path, tmp_path: Path) -> None:
    destination = {"filesystem": {"base_directory": str(tmp_path / "models" / "m")}}
    found = mounts(root, "pusher", {"push_destination": destination}, [])
    assert Mount(path=tmp_path / "models" / "m", writable=True) in found
    assert (tmp_path / "models" / "m").is_dir()
    relative = {"filesystem": {"base_directory": "models"}}
    assert mounts(root, "pusher", {"push_destination": relative}, []) == (Mount(path=root, writable=True),)


def test_the_texts_win_over_the_older_numbers() -> None:
    assert limits(
        {"resourceCpuLimit": "1500m", "cpuLimit": 9.0, "memoryLimit": 0.5, "resourceCpuRequest": "1"}
    ) == Limits(cores=1.5, memory=500_000_000, cores_asked=1.0)
    assert limits({}) == Limits()


def test_a_limit_that_a_placeholder_brought_is_read_strictly() -> None:
    with pytest.raises(ParameterError, match="MemoryLimit 'much' is no quantity"):
        limits({"resourceMemoryLimit": "much"})
