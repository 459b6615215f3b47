"""Why a node of a Workflow failed, in one line: what its task said, else what Argo and Kubernetes say."""

import re
from collections.abc import Mapping
from typing import Any

_CONTAINER = re.compile(
    r"^(?P<container>[-a-z0-9]+): (?P<reason>\w*) ?\(exit code (?P<code>\d+)\)(?::\s*(?P<text>.*))?$", re.S
)

_IS_BARE = re.compile(r"(Error: )?exit status \d+$")
"""What Argo adds where a process said nothing."""

_IS_ARGOS = re.compile(r"time=\S+ level=.* argo=true")

_TASKS_OWN = ("main", "user")
"""The containers in which a task's process runs; the others of its pod are Argo's, and the one that lends a shell."""

_ENDED = "ended with exit code"
_IS_WORDLESS = re.compile(rf"(its process|the container \S+ of its pod) {_ENDED} \d+")

_LOUD = ("panic: ", "fatal error: ")
"""Begins the line that a Go program, as Argo's are, puts before the stacks when it breaks."""


def cause(message: str, told: Mapping[str, Any], template: Mapping[str, Any]) -> str:
    """Returns the cause; never empty.

    Args:
        message: What Argo says of the last attempt.
        told: What the pod wrote of its task; empty when it wrote nothing.
        template: The template that it ran.

    >>> cause("main: Error (exit code 2): DataError: a.csv is empty", {}, {})
    'DataError: a.csv is empty'
    >>> cause("pod deleted", {}, {})
    'its pod was deleted while it ran'
    """
    if told.get("error"):
        return _line(told["error"])
    found = _CONTAINER.match(message.strip())
    if "workflowtaskresults" in message and "forbidden" in message:
        return (
            "its service account may not create or patch workflowtaskresults.argoproj.io, by which Argo learns what "
            f"a step has made; give it a Role with that rule, as manifests/argo has ({_line(message)})"
        )
    if found and found["reason"] == "OOMKilled":
        limit = _memory_limit(template)
        return "it was killed because it used more memory than its limit" + (f" of {limit}" if limit else "")
    if message in ("pod deleted", "container deleted"):
        return "its pod was deleted while it ran"
    if "longer than the specified deadline" in message:
        seconds = template.get("activeDeadlineSeconds")
        return "it took longer than its timeout" + (f" of {seconds} s" if seconds else "")
    if found:
        said = last_line(found["text"] or "")
        if found["container"] in _TASKS_OWN:
            killed = int(found["code"]) - 128
            bare = (
                f"its process was killed by signal {killed}" if killed > 0 else f"its process {_ENDED} {found['code']}"
            )
            return said or bare
        return f"the container {found['container']!r} of its pod {_ENDED} {found['code']}{': ' * bool(said)}{said}"
    return _line(message) or "Argo does not say why"


def container_of(message: str) -> str:
    """Returns the container that Argo holds to account; empty when it names none.

    >>> container_of("wait: Error (exit code 2)")
    'wait'
    """
    found = _CONTAINER.match(message.strip())
    return found["container"] if found else ""


def needs_log(error: str) -> bool:
    """Returns whether a cause is so bare that the last line of the log says more."""
    return bool(_IS_WORDLESS.fullmatch(error))


def last_line(log: str) -> str:
    r"""Returns the last line of a log that says something.

    >>> last_line('reading\nargosy: DataError: no rows\ntime="2026-11-22T10:00:00" level=info msg="done" argo=true\n')
    'argosy: DataError: no rows'
    """
    own = [line.strip() for line in task_lines(log) if line.strip()]
    loud = [line for line in own if line.startswith(_LOUD)]
    return (loud or own)[-1][:1000] if own else ""


def task_lines(log: str) -> list[str]:
    """Returns the lines of a container's log that its process wrote, without those that Argo put between."""
    lines = log.splitlines()
    return [line for line in lines if not _IS_ARGOS.match(line) and not _IS_BARE.match(line)]


def _memory_limit(template: Mapping[str, Any]) -> str:
    containers = [*(template.get("sidecars") or []), template.get("container", {})]
    limits = [one.get("resources", {}).get("limits", {}).get("memory", "") for one in containers]
    return str(next(filter(None, limits), ""))


def _line(text: Any) -> str:
    return " ".join(str(text).split())
