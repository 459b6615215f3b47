"""A Docker engine of the test's own, on a small disk: what a run says of one that is killed, stopped, or full."""

import contextlib
import dataclasses
import gc
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from argosy.errors import InfrastructureError
from argosy.plan.spec import Plan
from argosy.runner import Layout, RunOptions, State, run_pipeline
from argosy.runner.docker_engine import closed_after, open_engine
from argosy.runner.image_engine import connect

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(180),
    # The SDK does not close the socket of a call that an engine does not answer.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
IMAGE = "debian:trixie-slim"


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnEngine:
    """A `dockerd` that nobody else uses; what it keeps is in `folder`, on a disk of 300 MB."""

    folder: Path

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def start(self) -> None:
        """Starts it in a session of its own, and waits until it answers."""
        # Where nobody reaps the killed one, its number looks alive.
        for left in ("pid", "exec/containerd/containerd.pid"):
            (self.folder / left).unlink(missing_ok=True)
        places = f"--data-root {self.folder}/disk --exec-root {self.folder}/exec --pidfile {self.folder}/pid"
        names = "--containerd-namespace argosy-test --containerd-plugins-namespace argosy-test-plugins"
        options = f"{places} {names} --host unix://{self.folder}/sock --iptables=false --bridge=none".split()
        with (self.folder / "log").open("ab") as log:
            subprocess.run(["setsid", "--fork", "dockerd", *options], stderr=log, check=True)
        wait_for(self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(InfrastructureError):
            connect().close()
            return True
        return False

    def stop(self) -> None:
        """Stops it, with all that it has started."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
            wait_for(lambda: not (self.folder / "pid").exists())


@pytest.fixture
def engine(monkeypatch) -> Iterator[OwnEngine]:
    """Has the base image of the engine that answers, and is the one of DOCKER_HOST; not started yet."""
    if os.getuid() != 0 or not shutil.which("dockerd"):
        pytest.skip("only root can start another Docker engine, and needs dockerd for it")
    try:
        with closed_after(given := open_engine()):
            saved = b"".join(given.client.images.get(IMAGE).save(named=True))
    except InfrastructureError as error:
        pytest.skip(str(error))
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    (folder / "disk").mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", folder / "disk"]).returncode:
        pytest.skip("only root can mount a small disk")
    own = OwnEngine(folder=folder)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/sock")
    try:
        own.start()
        with contextlib.closing(connect()) as client:
            client.images.load(saved)
        yield own
    finally:
        if not own.answers():
            own.start()
        own.stop()
        for mounted in ("disk", "exec/netns/default"):
            subprocess.run(["umount", "--lazy", folder / mounted], stderr=subprocess.DEVNULL)
        shutil.rmtree(folder)
        # While the warning is still off.
        gc.collect()


@pytest.fixture
def one_task(leaf, make_plan, make_task) -> Callable[[str], Plan]:
    """Makes a pipeline of one task in the base image."""

    def make(script: str) -> Plan:
        component = leaf("make", script, writes=["out"])
        body = dataclasses.replace(component.body, image=IMAGE)
        return make_plan(dataclasses.replace(component, body=body), tasks=[make_task("make")])

    return make


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_engine_that_ends_half_way(engine: OwnEngine, one_task, tmp_path, number: int) -> None:
    options = RunOptions(root=tmp_path / "root", executor="docker")

    def end() -> None:
        wait_for(lambda: any("here" in log.read_text() for log in (tmp_path / "root").glob("runs/*/logs/make.log")))
        os.kill(engine.pid, number)

    ending = threading.Thread(target=end)
    ending.start()
    report = run_pipeline(one_task("echo here; sleep 60"), options)
    ending.join()
    assert report.state == State.FAILED
    assert report.exit_code == 4
    assert f"engine at DOCKER_HOST=unix://{engine.folder}/sock stopped answering (" in report.error
    assert "start it, and go on with --resume" in report.error
    with pytest.raises(InfrastructureError, match="no Docker engine answers"):
        run_pipeline(one_task("echo a > <out>"), options)
    engine.start()
    resumed = run_pipeline(one_task("echo a > <out>"), dataclasses.replace(options, resume=True))
    assert resumed.state == State.SUCCEEDED
    assert resumed.run_id == report.run_id
    with closed_after(again := open_engine()):
        assert again.client.api.containers(all=True) == []
    assert not Layout.at(tmp_path / "root").containers.exists()


def test_an_engine_whose_disk_is_full(engine: OwnEngine, one_task, tmp_path) -> None:
    options = RunOptions(root=tmp_path / "root", executor="docker")
    filling = run_pipeline(one_task("cp /dev/zero /tmp/../var/x; echo a > <out>"), options)
    assert "No space left on device" in filling.error
    with (engine.folder / "disk" / "filled").open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(2**20))
    report = run_pipeline(one_task("echo a > <out>"), options)
    assert report.exit_code == 4
    assert "the disk of the engine is full: `docker system df` says by what" in report.error
    (engine.folder / "disk" / "filled").unlink()
    assert run_pipeline(one_task("echo a > <out>"), options).state == State.SUCCEEDED


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
