"""The script that runs the user's command in the user's container, for a shell that comes along: busybox.

It starts the command with its variables, hands signals on to it, keeps the end of its log and its exit code, and ends
well in any case: Argo starts no container behind one that failed, so the next one says how the command ended.
"""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.errors import ParameterError

LOG_BYTES = 8192
LONGEST_ARGUMENT = 131_071
"""Bytes that Linux takes as one argument."""

_SCRIPT = """\
# {task}: written by Argosy
here={here}
busybox=$here/busybox
rm -f "$here/exit_code" "$here/log" "$here/output" "$here/copy"
"$busybox" mkfifo "$here/output" "$here/copy"
(trap '' TERM INT; exec "$busybox" tail -c {log_bytes} <"$here/copy" >"$here/log") & keeper=$!
(trap '' TERM INT; exec "$busybox" tee "$here/copy" <"$here/output") & copier=$!
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
) >"$here/output" 2>&1 & command=$!
trap 'kill -TERM "$command" 2>/dev/null' TERM INT
while :; do
  wait "$command"
  code=$?
  kill -0 "$command" 2>/dev/null || break
done
# What the command has left running in the background may hold its output open for ever.
("$busybox" sleep 5; kill -KILL "$copier") 2>/dev/null & reaper=$!
wait "$copier" "$keeper"
kill "$reaper" 2>/dev/null
echo "$code" >"$here/exit_code.part"
"$busybox" mv "$here/exit_code.part" "$here/exit_code"
exit 0
"""


def run_script(task: str, here: Path, command: Sequence[str], variables: Mapping[str, str]) -> str:
    """Returns the script.

    Args:
        task: For whoever reads it.
        here: The shared folder, in which `busybox` lies and the script leaves `exit_code` and `log`.
        command: The program and its arguments.
        variables: On top of the container's own.

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
        variables="\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        program=shlex.quote(command[0]),
        arguments="".join(f" {shlex.quote(part)}" for part in command[1:]),
    )
