"""What the kernel's count of killed processes says, in the old and in the new hierarchy of control groups."""

from pathlib import Path

import pytest

from argosy.runner.pod.memory import killed_for_memory


@pytest.mark.parametrize(
    ("counts", "limit"),
    [("memory.events", "memory.max"), ("memory/memory.oom_control", "memory/memory.limit_in_bytes")],
)
def test_a_kill_is_seen_with_its_limit(tmp_path: Path, counts: str, limit: str) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / counts).write_text("low 0\noom_kill 1\n")
    (tmp_path / limit).write_text("209715200\n")
    with killed_for_memory(tmp_path) as since:
        assert since() == ""
        (tmp_path / counts).write_text("low 0\noom_kill 2\n")
        assert "limit of 200 MiB; give the task more" in since()


@pytest.mark.parametrize("limit", ["max", str(1 << 62)])
def test_no_limit_of_its_own(tmp_path: Path, limit: str) -> None:
    with killed_for_memory(tmp_path) as since:
        assert since() == ""
        (tmp_path / "memory.events").write_text("oom_kill 1\n")
        (tmp_path / "memory.max").write_text(limit)
        assert "container's limit; give" in since()
