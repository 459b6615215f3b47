"""Where things lie under a root.

lock                                        held by the runner that works here, with its process id
metadata.sqlite                             ML Metadata
containers                                  while containers may be at work here: the engine's address
artifacts/<pipeline>/<task>/<execution>/    one folder per output
argosy-code/<sha256>/                       the user's code that does not travel as text, as a run took it
runs/<run id>/                              plan.json, arguments.json, report.json, logs/, findings/, tasks/<execution>/
"""

import dataclasses
import re
from pathlib import Path

from argosy.user_code.local import FOLDER


@dataclasses.dataclass(frozen=True)
class Layout:
    """The paths under one root, which is absolute."""

    root: Path

    @classmethod
    def at(cls, root: str | Path) -> "Layout":
        """Returns the layout of a root that may be given relative to the working directory."""
        return cls(Path(root).absolute())

    @property
    def lock(self) -> Path:
        """The file that a runner locks."""
        return self.root / "lock"

    @property
    def containers(self) -> Path:
        """The file that says that there may be containers at work."""
        return self.root / "containers"

    @property
    def metadata(self) -> Path:
        """The metadata store."""
        return self.root / "metadata.sqlite"

    @property
    def artifacts(self) -> Path:
        """The folder of all outputs."""
        return self.root / "artifacts"

    @property
    def code(self) -> Path:
        """The folder of the user's code."""
        return self.root / FOLDER

    @property
    def runs(self) -> Path:
        """The folder of all run records."""
        return self.root / "runs"

    def run(self, run_id: str) -> Path:
        """Returns the folder of one run's record."""
        return self.runs / run_id

    def report(self, run_id: str) -> Path:
        """Returns the file of one run's report."""
        return self.run(run_id) / "report.json"

    def log(self, run_id: str, task: str) -> Path:
        """Returns the file of one task's log."""
        return self.run(run_id) / "logs" / f"{portable(task.replace('/', '.'))}.log"

    def findings(self, run_id: str, task: str) -> Path:
        """Returns the folder that keeps what a gate found when it stopped the run."""
        return self.run(run_id) / "findings" / portable(task.replace("/", "."))

    def work(self, run_id: str, execution_id: int) -> Path:
        """Returns the folder through which runner and task exchange small files."""
        return self.run(run_id) / "tasks" / str(execution_id)

    def outputs(self, pipeline: str, task: str, execution_id: int) -> Path:
        """Returns the folder that holds the outputs of one execution, and nothing else."""
        parts = [portable(part) for part in (pipeline, *task.split("/"))]
        return self.artifacts.joinpath(*parts, str(execution_id))


def portable(name: str) -> str:
    """Returns the name with what some file system refuses replaced.

    >>> portable("for-loop-1[0]"), portable("for: each")
    ('for-loop-1.0', 'for__each')
    """
    return re.sub(r"[^A-Za-z0-9._-]", "_", re.sub(r"\[(\d+)\]", r".\1", name)) or "_"
