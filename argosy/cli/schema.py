"""`argosy schema`: in what two schemas differ, one that grows with statistics, one to keep beside the code."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from argosy import fs
from argosy.cli.runs import artifact_path
from argosy.errors import ArtifactError, ParameterError
from argosy.run import prepare_process
from argosy.schema import Difference, Schema, check_consistent, differences, read_schema, schema_text

if TYPE_CHECKING:
    from argosy.data_validation import DatasetStatistics

DIFFERENT = 1
"""The exit code of a difference, as `diff` has it."""

PURPOSES = {
    "diff": "say in what two schemas differ; exit code 1 when they do",
    "update": "let a schema grow so that statistics fit it",
    "freeze": "write a schema, or one inferred from statistics, to a file to keep",
}
ARTIFACT = "a file, an artifact's folder, or TASK.OUTPUT of the last run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    of = {
        name: actions.add_parser(name, help=purpose, description=f"{purpose[:1].upper()}{purpose[1:]}.")
        for name, purpose in PURPOSES.items()
    }
    of["diff"].add_argument("before", metavar="A", help=ARTIFACT)
    of["diff"].add_argument("after", metavar="B", help=ARTIFACT)
    of["diff"].add_argument("--json", action="store_true", help="print the differences as JSON")
    of["update"].add_argument("schema", metavar="SCHEMA", help=ARTIFACT)
    of["update"].add_argument("statistics", metavar="STATISTICS", help=ARTIFACT)
    of["update"].add_argument("-o", "--output", metavar="FILE", help="where to write it (default: print it)")
    of["freeze"].add_argument("source", metavar="SOURCE", help=f"statistics or a schema: {ARTIFACT}")
    of["freeze"].add_argument("-o", "--output", metavar="FILE", required=True, help="where to write it")
    of["freeze"].add_argument("--force", action="store_true", help="write over a file that is there")
    for name in ("update", "freeze"):
        of[name].add_argument(
            "--split",
            action="append",
            metavar="NAME",
            help="of the statistics; several times for several (default: train)",
        )
    for action in of.values():
        action.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")


def main(arguments: argparse.Namespace) -> int:
    """Does what the action says."""
    prepare_process()
    return {"diff": _diff, "update": _update, "freeze": _freeze}[arguments.action](arguments)


def _diff(arguments: argparse.Namespace) -> int:
    before, after = (read_schema(_located(arguments, given)) for given in (arguments.before, arguments.after))
    found = differences(before, after)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
    else:
        print(_listing(found))
    return DIFFERENT if found else 0


def _update(arguments: argparse.Namespace) -> int:
    from argosy.data_validation import update_schema

    before = read_schema(_located(arguments, arguments.schema))
    after = before
    for statistics in _statistics(arguments, _located(arguments, arguments.statistics)):
        after = update_schema(after, statistics)
    # What is printed alone is the schema, so that it can be piped.
    print(_listing(differences(before, after)), file=sys.stdout if arguments.output else sys.stderr)
    _write(after, arguments.output)
    return 0


def _freeze(arguments: argparse.Namespace) -> int:
    from argosy.data_validation import infer_schema, update_schema

    source, target = _located(arguments, arguments.source), arguments.output
    if fs.exists(target) and not arguments.force:
        raise ParameterError(
            f"{target} is there; look at `argosy schema diff {target} {arguments.source}`, then --force"
        )
    if _is_statistics(source):
        first, *more = _statistics(arguments, source)
        schema = infer_schema(first)
        for statistics in more:
            schema = update_schema(schema, statistics)
    else:
        schema = read_schema(source)
        check_consistent(schema)
    _write(schema, target)
    return 0


def _located(arguments: argparse.Namespace, given: str) -> str:
    if "://" in given and not given.startswith("file://"):
        return given
    if given.endswith((".pb", ".pbtxt")) and not Path(given.removeprefix("file://")).exists():
        raise ArtifactError(f"{given} does not exist; give {ARTIFACT}")
    return str(artifact_path(arguments.root, given))


def _is_statistics(path: str) -> bool:
    return path.endswith(".pb") or any(Path(path).glob("Split-*/FeatureStats.pb"))


def _statistics(arguments: argparse.Namespace, path: str) -> "list[DatasetStatistics]":
    from argosy.data_validation import read_statistics
    from argosy.data_validation.statistics.files import read_statistics_file

    if path.endswith(".pb"):
        if arguments.split:
            raise ParameterError(f"--split: {path} is the statistics of one split; give the artifact's folder")
        return [read_statistics_file(path)]
    return [read_statistics(path, split) for split in arguments.split or ["train"]]


def _write(schema: Schema, target: str | None) -> None:
    if target is None:
        sys.stdout.write(schema_text(schema))
        return
    fs.write_bytes(target, schema_text(schema).encode())
    print(target)


def _listing(found: tuple[Difference, ...]) -> str:
    if not found:
        return "no differences"
    lines = []
    for one in found:
        subject = one.name if one.subject == "feature" else f"{one.subject} {one.name}".rstrip()
        lines.append(f"{one.sign} {subject}  {one.sentence}")
    return "\n".join(lines)
