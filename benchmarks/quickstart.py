"""The quickstart's cost: the first run, and one with every task cached. Wall and CPU seconds, with imports."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PIPELINE = Path(__file__).parent.parent / "pipelines" / "penguins"


def run(root: str) -> tuple[float, float]:
    """Returns (wall, CPU) seconds of one `argosy run` and all that it started."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "argosy.cli.main", "run", str(PIPELINE), "--root", root]
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        first = run(root)
        cached = min(run(root) for _ in range(3))
    print(f"penguins: a cached run takes {first[0] / cached[0]:.0f} times less than the first")
    print(f"  first   {first[0]:5.1f} s wall  {first[1]:5.1f} CPU-s  (goal: under 60 s wall on two cores)")
    print(f"  cached  {cached[0]:5.1f} s wall  {cached[1]:5.1f} CPU-s  (goal: under 3 s wall; best of 3)")


if __name__ == "__main__":
    main()
