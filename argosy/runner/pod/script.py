"""The script that runs the user's command in the user's container, for a shell that comes along: busybox.

It starts the command with its variables, hands signals on to it, ends it when its time is up, keeps the end of its log
and its exit code, and ends well in any case, for the container beside it says how the command ended. That one reads the
pipe `alive`, which this shell alone holds open, and so learns at once when it is gone: most nodes kill the whole of a
container that is out of memory, and Argo's part in it with the rest.
"""

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.errors import ParameterError
from argosy.runner.pod.memory import GROUPS

LOG_BYTES = 8192
LONGEST_ARGUMENT = 131_071
"""Bytes that Linux takes as one argument."""

_SCRIPT = """\
# {task}: written by Argosy
here={here}
busybox=$here/busybox
exec 9>"$here/alive"
rm -f "$here/exit_code" "$here/log" "$here/output" "$here/copy" "$here/memory" "$here/timed_out"
"$busybox" mkfifo "$here/output" "$here/copy"
(trap '' TERM INT; exec "$busybox" tail -c {log_bytes} <"$here/copy" >"$here/log" 9>&-) & keeper=$!
(trap '' TERM INT; exec "$busybox" tee "$here/copy" <"$here/output" 9>&-) & copier=$!
(
{variables}
program={program}
# The image's own program, not one that the shell brings along.
case $program in
*/*) ;;
*)
  IFS=:
  for folder in $PATH; do
    if [ -f "$folder/$program" ] && [ -x "$folder/$program" ]; then program=$folder/$program; break; fi
  done
  unset IFS
  case $program in */*) ;; *) echo "ERROR: the image has no program $program"; exit 127 ;; esac ;;
esac
exec "$program"{arguments}
) >"$here/output" 2>&1 9>&- & command=$!
{watch}
trap 'kill -TERM "$command" 2>/dev/null' TERM INT
while :; do
  wait "$command"
  code=$?
  kill -0 "$command" 2>/dev/null || break
done
# What the command has left running in the background may hold its output open for ever.
("$busybox" sleep 5; kill -KILL "$copier") >/dev/null 2>&1 9>&- & reaper=$!
wait "$copier" "$keeper"
kill $reaper $watch 2>/dev/null
# The kernel's count of what it killed for its memory, in the old and in the new hierarchy.
for file in {groups}/memory.events {groups}/memory/memory.oom_control; do
  if "$busybox" grep -q '^oom_kill [1-9]' "$file" 2>/dev/null; then echo >"$here/memory"; fi
done
echo "$code" >"$here/exit_code.part"
"$busybox" mv "$here/exit_code.part" "$here/exit_code"
exit 0
"""
_WATCH = """\
(
seconds=0
until [ "$seconds" -eq {seconds} ]; do "$busybox" sleep 1; seconds=$((seconds + 1)); done
echo >"$here/timed_out"
kill -TERM "$command"
"$busybox" sleep 10
kill -KILL "$command"
) >/dev/null 2>&1 9>&- & watch=$!
"""


def run_script(
    task: str,
    here: Path,
    command: Sequence[str],
    variables: Mapping[str, str],
    *,
    timeout_seconds: float | None = None,
    groups: Path = GROUPS,
) -> str:
    """Returns the script.

    Args:
        task: For whoever reads it.
        here: The shared folder, in which `busybox` and the pipe `alive` lie, and the script leaves `exit_code`, `log`,
            and `memory` where the container was out of it, or `timed_out`.
        command: The program and its arguments.
        variables: On top of the container's own.
        timeout_seconds: How long the command may take; None for no limit.
        groups: Where the container sees its control group.

    Raises:
        ParameterError: No program can be given such a command line.
    """
    for name in variables:
        if not name.isidentifier():
            raise ParameterError(f"the variable {name!r} of the command's environment is no name that a shell can set")
    for text in (*command, *(f"{name}={value}" for name, value in variables.items())):
        if "\0" in text:
            raise ParameterError(f"the command line has a NUL character, which no program can be given: {text[:60]!r}")
        if len(text.encode()) > LONGEST_ARGUMENT:
            raise ParameterError(
                f"the command line is too long: its longest argument has {len(text.encode())} bytes, and Linux takes "
                f"{LONGEST_ARGUMENT}; hand large values on as artifacts"
            )
    return _SCRIPT.format(
        task=task.replace("\n", " "),
        here=shlex.quote(str(here)),
        log_bytes=LOG_BYTES,
        watch=_WATCH.format(seconds=math.ceil(timeout_seconds)) if timeout_seconds else "watch=",
        groups=shlex.quote(str(groups)),
        variables="\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        program=shlex.quote(command[0]),
        arguments="".join(f" {shlex.quote(part)}" for part in command[1:]),
    )
