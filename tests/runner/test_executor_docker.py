"""Containers on a real engine: their end in every way, what they may do, and that nothing of them is left."""

import contextlib
import dataclasses
import gc
import io
import os
import pickle
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from argosy.errors import InfrastructureError, ParameterError, PipelineError, ServerError, StorageError
from argosy.plan.spec import Component, Constant, ContainerExecutor, Plan, TaskOutput
from argosy.plan.values import ParameterType
from argosy.runner import Layout, RunOptions, State, TaskPrinted, explain, run_pipeline
from argosy.runner.container import Limits, Mount
from argosy.runner.docker_engine import Engine, closed_after, image_id, open_engine
from argosy.runner.events import RunEvent
from argosy.runner.executor_docker import Container, labels, run
from argosy.runner.executor_subprocess import Ended, Job

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(180),
    # The SDK does not close the socket of a call that an engine does not answer.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
BASE = "debian:trixie-slim"


@pytest.fixture(autouse=True)
def sockets_go() -> Iterator[None]:
    """Has them collected while the warning is still off."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        found = open_engine()
    except InfrastructureError as error:
        pytest.skip(str(error))
    with closed_after(found):
        yield found


def build(engine: Engine, name: str, *lines: str) -> str:
    """Returns the name of a new image of a few lines; the base is pulled when the engine has none."""
    dockerfile = "\n".join([f"FROM {BASE}", "WORKDIR /app", *lines])
    engine.client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=name, rm=True)
    return name


@pytest.fixture(scope="module")
def image(engine: Engine) -> Iterator[str]:
    """An image like a user's own, whose entry point must not run."""
    name = build(engine, f"executor-test-{secrets.token_hex(4)}:1", 'ENTRYPOINT ["/bin/false"]')
    yield name
    engine.client.images.remove(name, force=True)


@pytest.fixture
def left(engine: Engine, tmp_path: Path) -> Callable[[], list[str]]:
    """Lists the containers of a test's root."""
    return lambda: [
        one["Id"]
        for one in engine.client.api.containers(all=True, filters={"label": f"argosy.root={tmp_path / 'root'}"})
    ]


def sh(image: str, script: str, tmp_path: Path, *, own: bool = False, **options) -> tuple[Container, Job]:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    container = Container(
        image=image,
        name=f"argosy-test-{secrets.token_hex(4)}",
        labels=labels(root, "run", "task"),
        mounts=(Mount(path=root, writable=True),),
        limits=options.pop("limits", Limits()),
        own=own,
    )
    job = Job(command=["sh", "-ec", script], env={"WORD": "Ä b"}, cwd=root, log=root / "task.log", **options)
    return container, job


def start(engine: Engine, given: tuple[Container, Job], stop: threading.Event | None = None) -> Ended:
    return run(engine, *given, stop or threading.Event())


def test_output_goes_to_the_log_and_the_code_comes_back(engine, image, tmp_path, left) -> None:
    given = sh(image, "pwd; echo $WORD $HOME; echo bad >&2; exit 3", tmp_path)
    assert start(engine, given) == Ended(exit_code=3)
    assert sorted(given[1].log.read_text().splitlines()) == ["/app", "bad", "Ä b /tmp"]
    assert left() == []


def test_the_log_can_be_followed(engine, image, tmp_path) -> None:
    given = sh(image, "echo on; while [ ! -e go ]; do sleep 0.1; done; echo gone", tmp_path, own=True)
    thread = threading.Thread(target=start, args=(engine, given))
    thread.start()
    wait_for(lambda: given[1].log.exists() and given[1].log.read_text() == "on\n")
    (given[1].cwd / "go").touch()
    thread.join()
    assert given[1].log.read_text() == "on\ngone\n"


def test_it_is_the_host_user_with_no_rights_beyond(engine, image, tmp_path) -> None:
    script = (
        "id -u; id -g; grep -E 'CapEff|NoNewPrivs' /proc/self/status; echo x > made; touch /x || true; touch /tmp/x"
    )
    given = sh(image, script, tmp_path, own=True)
    assert start(engine, given).exit_code == 0
    lines = given[1].log.read_text().split()
    assert lines[:2] == [str(os.getuid()), str(os.getgid())]
    assert lines[2:6] == ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"]
    assert "Read-only file system" in given[1].log.read_text()
    assert (given[1].cwd / "made").stat().st_uid == os.getuid()


def test_limits_hold(engine, image, tmp_path) -> None:
    script = (
        "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true;"
        "cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || true"
    )
    given = sh(image, script, tmp_path, limits=Limits(cores=0.5, memory=64 * 2**20, cores_asked=0.25))
    assert start(engine, given).exit_code == 0
    assert given[1].log.read_text().split()[:2] == [str(64 * 2**20), "50000"]


def test_a_limit_below_what_a_container_needs_is_refused_in_words(engine, image, tmp_path) -> None:
    with pytest.raises(ParameterError, match=r"memory limit.*; give the task more with set_memory_limit"):
        start(engine, sh(image, "true", tmp_path, limits=Limits(memory=1000)))


def test_more_cores_than_there_are_are_all_of_them(engine, image, tmp_path) -> None:
    assert start(engine, sh(image, "true", tmp_path, limits=Limits(cores=1000))).exit_code == 0


def test_too_much_memory_is_said_in_words(engine, image, tmp_path) -> None:
    given = sh(image, "exec tail /dev/zero", tmp_path, limits=Limits(memory=32 * 2**20))
    ended = start(engine, given)
    assert ended.exit_code == -signal.SIGKILL
    assert ended.cause.startswith("out of memory: it was killed at its limit of 32 MiB; give the task more")


def test_a_signal_is_said(engine, image, tmp_path) -> None:
    ended = start(engine, sh(image, "kill -SEGV $$", tmp_path))
    assert ended == Ended(exit_code=-signal.SIGSEGV, cause="killed by SIGSEGV")


def test_too_long_is_ended(engine, image, tmp_path, left) -> None:
    begun = time.monotonic()
    ended = start(engine, sh(image, "sleep 60", tmp_path, timeout_seconds=0.5, grace_seconds=1))
    assert (ended.timed_out, ended.canceled) == (True, False)
    assert time.monotonic() - begun < 20
    assert left() == []


def test_stop_ends_even_what_ignores_sigterm(engine, image, tmp_path, left) -> None:
    given = sh(image, "trap '' TERM; echo on; while :; do sleep 0.1; done", tmp_path, grace_seconds=1)
    stop = threading.Event()
    when(lambda: given[1].log.exists() and given[1].log.read_text(), stop.set)
    ended = start(engine, given, stop)
    assert ended == Ended(exit_code=-signal.SIGKILL, canceled=True)
    assert left() == []


@pytest.mark.parametrize("init", [False, True])
def test_a_missing_program_is_said(engine, image, tmp_path, left, init: bool) -> None:
    if init and not engine.init:
        pytest.skip("the engine has no init process")
    container, job = sh(image, "", tmp_path)
    job = dataclasses.replace(job, command=["no-such-program"])
    ended = run(dataclasses.replace(engine, init=init), container, job, threading.Event())
    assert ended.exit_code == 127
    if not init:
        assert ended.cause == f"cannot start no-such-program in the image {image}: there is no such program in it"
    assert "no-such-program" in job.log.read_text().splitlines()[-1]
    assert left() == []


def test_a_log_that_cannot_be_written(engine, image, tmp_path, left) -> None:
    container, job = sh(image, "while :; do echo x; sleep 0.1; done", tmp_path)
    with pytest.raises(StorageError, match="cannot write the task's log /dev/full: No space left on device"):
        run(engine, container, dataclasses.replace(job, log=Path("/dev/full")), threading.Event())
    assert left() == []


def test_a_folder_that_the_engine_does_not_see(engine, image, tmp_path) -> None:
    container, job = sh(image, "true", tmp_path)
    away = dataclasses.replace(container, mounts=(Mount(path=tmp_path / "away"),))
    with pytest.raises(ServerError, match="sees other files than this process"):
        run(engine, away, job, threading.Event())


def test_an_engine_that_is_not_there(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(InfrastructureError, match=r"no Docker engine answers at DOCKER_HOST=unix://.*/none\.sock"):
        open_engine()


def test_an_engine_that_stops_half_way(engine, image, chained, tmp_path, monkeypatch, left) -> None:
    """The engine behind a proxy, which goes away while the first task runs."""
    proxy = Proxy(engine, tmp_path / "proxy.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'proxy.sock'}")
    root = tmp_path / "root"
    when(lambda: list(root.glob("runs/*/logs/make.log")), proxy.close)
    report = run_pipeline(chained("sleep 3; echo a > <out>"), RunOptions(root=root, executor="docker"))
    assert report.state == State.FAILED
    assert "stopped answering (" in report.error
    assert "); start it, and go on with --resume" in report.error
    assert report.exit_code == 4
    monkeypatch.delenv("DOCKER_HOST")
    assert left() != []
    again = run_pipeline(chained("echo a > <out>"), RunOptions(root=root, executor="docker"))
    assert again.state == State.SUCCEEDED
    assert left() == []
    assert not Layout.at(root).containers.exists()


@pytest.fixture
def chained(leaf, make_plan, make_task, image) -> Callable[..., Plan]:
    """Makes the plan make -> upper, in the test's image."""

    def make(script: str = "echo a > <out>", *, inside: str = image) -> Plan:
        def in_image(component: Component) -> Component:
            assert isinstance(component.body, ContainerExecutor)
            return dataclasses.replace(component, body=dataclasses.replace(component.body, image=inside))

        second = leaf(
            "upper", "tr a-z A-Z < <source> > <value>", reads=["source"], values={"value": ParameterType.STRING}
        )
        made = TaskOutput(task="make", output="out")
        return make_plan(
            in_image(leaf("make", script, writes=["out"])),
            in_image(second),
            tasks=[
                make_task("make", cache=True),
                make_task("upper", cache=True, artifacts={"source": made}, depends_on=("make",)),
            ],
            parameter_outputs={"value": (TaskOutput(task="upper", output="value"),)},
        )

    return make


def test_a_pipeline_of_foreign_images(chained, tmp_path, left) -> None:
    options, events = RunOptions(root=tmp_path / "root", executor="docker", logs=True), list[RunEvent]()
    first = run_pipeline(chained("echo here; echo a > <out>"), options, events.append)
    assert first.parameters == {"value": "A\n"}
    assert TaskPrinted(task="make", line="here") in events
    assert explain(run_pipeline(chained("echo here; echo a > <out>"), options)) == [
        f"{name} was not run: cached from run {first.run_id}" for name in ("make", "upper")
    ]
    assert left() == []


def test_another_image_of_the_same_name_is_another_code(engine, chained, tmp_path) -> None:
    name = build(engine, f"executor-test-{secrets.token_hex(4)}:2", "ENV A=1")
    try:
        options = RunOptions(root=tmp_path / "root", executor="docker")
        before = image_id(engine, name)
        run_pipeline(chained(inside=name), options)
        build(engine, name, "ENV A=2")
        assert image_id(engine, name) != before
        assert explain(run_pipeline(chained(inside=name), options))[0] == f"make ran: code of the image {name} changed"
    finally:
        engine.client.images.remove(name, force=True)


def test_data_on_this_machine_can_be_read_and_not_written(leaf, make_plan, make_task, image, tmp_path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "x").write_text("hello")
    one = leaf(
        "read",
        "cat <base>/x > <out>; touch <base>/y || true",
        parameters={"base": ParameterType.STRING},
        writes=["out"],
    )
    one = dataclasses.replace(one, body=dataclasses.replace(one.body, image=image))
    plan = make_plan(one, tasks=[make_task("read", parameters={"base": Constant(value=str(data))})])
    report = run_pipeline(plan, RunOptions(root=tmp_path / "root", executor="docker"))
    assert report.state == State.SUCCEEDED, report.error
    assert Path(report.tasks[0].outputs["out"].uris[0]).read_text() == "hello"
    assert [file.name for file in data.iterdir()] == ["x"]


def test_variables_reach_every_container_and_no_record(chained, image, tmp_path) -> None:
    options = RunOptions(root=tmp_path / "root", executor="docker", docker_env={"SECRET": "b4c5"})
    assert run_pipeline(chained("echo $SECRET | cut -c 2- > <out>"), options).parameters == {"value": "4C5\n"}
    kept = [file for file in (tmp_path / "root").rglob("*") if file.is_file() and b"b4c5" in file.read_bytes()]
    assert kept == []
    assert (
        run_pipeline(chained("echo $SECRET | cut -c 2- > <out>"), RunOptions(root=tmp_path / "root", executor="docker"))
        .tasks[0]
        .cached
    )


def test_images_that_are_not_there_are_all_named_before_anything_runs(chained, tmp_path) -> None:
    options = RunOptions(root=tmp_path / "root", executor="docker")
    with pytest.raises(
        PipelineError, match=r"no image argosy/no-such:9; build it: argosy images build no-such; or name a"
    ):
        run_pipeline(chained(inside="argosy/no-such:9"), options)
    assert not (tmp_path / "root" / "runs").exists()


def test_a_foreign_image_that_cannot_be_pulled(chained, tmp_path) -> None:
    events: list[object] = []
    options = RunOptions(root=tmp_path / "root", executor="docker")
    with pytest.raises((PipelineError, InfrastructureError), match=r"localhost:1/nobody/none:1"):
        run_pipeline(chained(inside="localhost:1/nobody/none:1"), options, events.append)
    assert [getattr(event, "image", "") for event in events] == ["localhost:1/nobody/none:1"]


RUNNER = """
import pickle, sys
from pathlib import Path
from argosy.runner import RunOptions, run_pipeline
plan = pickle.loads(Path(sys.argv[1]).read_bytes())
sys.exit(run_pipeline(plan, RunOptions(root=sys.argv[2], executor="docker", grace_seconds=1)).exit_code)
"""


@pytest.fixture
def runner(chained, tmp_path: Path, left) -> subprocess.Popen[bytes]:
    """A runner in a process of its own, whose first task is at work."""
    (tmp_path / "plan").write_bytes(pickle.dumps(chained("echo a > <out>; sleep 60")))
    process = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path / "plan"), str(tmp_path / "root")])
    wait_for(lambda: any(log.read_text() for log in (tmp_path / "root").glob("runs/*/logs/make.log")) and left() != [])
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_runner_that_is_asked_to_stop_removes_its_containers(runner, left, number: int) -> None:
    runner.send_signal(number)
    assert runner.wait(30) == 130
    assert left() == []


@pytest.mark.parametrize("executor", ["docker", "subprocess"])
def test_the_next_run_removes_what_a_killed_one_left(runner, chained, tmp_path, left, executor: str) -> None:
    runner.kill()
    runner.wait()
    assert len(left()) == 1
    plan = chained() if executor == "docker" else chained(inside="argosy/own:1")
    report = run_pipeline(plan, RunOptions(root=tmp_path / "root", executor=executor))
    assert report.state == State.SUCCEEDED
    assert left() == []


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk(chained, tmp_path) -> None:
    with small_disk(tmp_path / "disk"):
        options = RunOptions(root=tmp_path / "disk" / "root", executor="docker")
        report = run_pipeline(chained("head -c 5000000 /dev/zero > <out>"), options)
        assert report.state == State.FAILED
        assert "No space left on device" in report.error
        assert run_pipeline(chained(), options).state == State.SUCCEEDED, "its half-written output must have gone"


class Proxy:
    """A socket that passes everything on to the engine's, until it is closed."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._target = engine.client.api.get_adapter(engine.client.api.base_url).socket_path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self._target)
                self._open += [here, there]
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def when(condition: Callable[[], object], act: Callable[[], object]) -> None:
    """Acts in another thread once the condition holds."""

    def waiting() -> None:
        wait_for(condition)
        act()

    threading.Thread(target=waiting).start()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
