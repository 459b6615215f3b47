"""The pipeline and the commands of docs/argo.md, on a cluster with the tests' names of things."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from argosy import fs

pytestmark = [pytest.mark.cluster, pytest.mark.e2e, pytest.mark.timeout(900)]

CHECKOUT = Path(__file__).parents[2]
GUIDE = (CHECKOUT / "docs" / "argo.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
BLOCKS = re.findall(r"^```sh\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def shell(cluster, image, foreign_image, store, store_secret, metadata, forwarded, tmp_path_factory):
    """Runs a block of the page in bash, where `argosy` is the checkout's."""
    folder = tmp_path_factory.mktemp("guide")
    registry, _, tag = image("cli").partition("/cli:")
    service = metadata("sqlite")
    tunnel = f"127.0.0.1:{forwarded('argosy-metadata', 8080)}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in store.variables.items():
            patch.setenv(name, value)
        fs.write_bytes(f"{store.uri}/data/rows.csv", b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(30)))
    replaced = {
        "debian:trixie-slim": foreign_image("plain"),
        "s3://argosy/": f"{store.uri}/",
        "grpc://argosy-metadata.argosy:8080": service,
        "--namespace argosy": f"--namespace {cluster.namespace}",
        "kubectl ": f"kubectl --namespace {cluster.namespace} ",
        "registry.example/team": registry,
        "--tag 0.1.0": f"--tag {tag}",
        "127.0.0.1:8080": tunnel,
    }

    def adapted(text: str) -> str:
        for before, after in replaced.items():
            text = text.replace(before, after)
        return text

    (folder / "sizes.py").write_text(adapted(CODE))
    program = folder / "argosy"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={CHECKOUT} exec {sys.executable} -m argosy.cli.main "$@"\n')
    program.chmod(0o755)

    def run(block: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", adapted(block)],
            cwd=folder, env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    return run


def test_the_commands_work_one_after_the_other(shell) -> None:
    submit, compile_and_create, ask = BLOCKS
    submitted = shell(submit)
    assert submitted.stdout.startswith("sizes-")
    assert submitted.stderr.splitlines()[-1].endswith("(4 ran)")
    shell(compile_and_create)
    asked = shell(ask)
    assert "features was not run: cached from run" in asked.stdout
    assert asked.stderr.splitlines()[-1].endswith("(4 cached)")


def test_lineage_and_logs(shell, store) -> None:
    found = shell("argosy lineage schema-gen.schema --namespace argosy --metadata grpc://127.0.0.1:8080").stdout
    assert f"source: {store.uri}/data" in found
    shell("argosy logs statistics-gen --namespace argosy")
