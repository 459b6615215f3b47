"""`argosy show`: any artifact as text; statistics, schema, anomalies and evaluation also as a self-contained page."""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.cli.runs import artifact_path
from argosy.errors import ArtifactError, ParameterError
from argosy.metadata import open_store
from argosy.run import prepare_process
from argosy.runner import stored
from argosy.runner.layout import Layout

REPORTS = (
    ("Split-*/FeatureStats.pb", "argosy.data_validation.report", "statistics"),
    ("Split*-*/SchemaDiff.pb", "argosy.data_validation.report", "anomalies"),
    ("SplitPair-*/match_stats-*", "argosy.data_validation.diff.page", "diff"),
    ("eval_config.json", "argosy.model_analysis.report", "evaluation"),
    ("schema.pbtxt", "argosy.data_validation.report", "schema"),
)
"""What lies in the artifact -> the module that has `<kind>_text` and `<kind>_html` for it."""

ROWS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("uri", metavar="URI", help="an artifact's folder, or TASK.OUTPUT of the last run")
    parser.add_argument("--against", metavar="URI", help="other statistics, for a page of both side by side")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a page (.html) or the text to a file")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")


def main(arguments: argparse.Namespace) -> int:
    """Prints or writes what the artifact says."""
    prepare_process()
    path = artifact_path(arguments.root, arguments.uri)
    as_page = Path(arguments.output or "").suffix in (".html", ".htm")
    if arguments.against:
        shown = _compared(path, artifact_path(arguments.root, arguments.against), as_page=as_page)
    else:
        shown = page(path) if as_page else text(path, metadata(arguments.root, path))
    if not arguments.output:
        sys.stdout.write(shown.rstrip("\n") + "\n")
        return 0
    fs.write_bytes(arguments.output, shown.encode())
    print(arguments.output)
    return 0


def metadata(root: str, path: Path) -> dict[str, Any]:
    """Returns what its producer recorded with an artifact of this root; nothing when the root does not know it."""
    layout = Layout.at(root)
    if not layout.metadata.exists():
        return {}
    with open_store(layout.metadata) as store:
        known = store.artifacts(uri=str(path.absolute()))
    return stored.metadata(known[-1]) if known else {}


def text(path: Path, recorded: Mapping[str, Any] | None = None) -> str:
    """Returns an artifact as text: what it holds, and what was recorded with it.

    Raises:
        ArtifactError: There is nothing at the path.
    """
    content = _content(path)
    if path.is_file() or not recorded:
        return content or f"{path} is empty"
    lines = [f"{name}: {value}" for name, value in sorted(recorded.items())]
    return "\n".join(
        [content.rstrip("\n"), "", "recorded with it", *(f"  {line}" for line in lines)] if content else lines
    )


def _content(path: Path) -> str:
    """Returns what lies at the path, as text.

    Raises:
        ArtifactError: There is nothing at the path.
    """
    render = _report(path, "text")
    if render:
        return render(str(path))
    for pattern, show in TEXTS:
        if next(path.glob(pattern), None):
            return show(path)
    if path.is_file():
        return path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(f"{file.stat().st_size:>12,}  {file.relative_to(path)}" for file in _files(path))


def page(path: Path) -> str:
    """Returns an artifact as one HTML file that needs no network.

    Raises:
        ParameterError: The artifact has no page.
    """
    render = _report(path, "html")
    if render:
        return render(str(path))
    if path.is_file() and path.read_bytes()[:15].lower().startswith(b"<!doctype html"):
        return path.read_text(encoding="utf-8")
    kinds = ", ".join(kind for _, _, kind in REPORTS)
    raise ParameterError(f"{path} has no page; there are pages for {kinds}. Leave -o out to see it as text")


def _compared(path: Path, against: Path, *, as_page: bool) -> str:
    from argosy.data_validation.report import statistics_html

    if not as_page:
        raise ParameterError("--against makes a page of two statistics side by side: say where to, with -o FILE.html")
    return statistics_html(str(path), against=str(against))


def _report(path: Path, form: str) -> Callable[[str], str] | None:
    if not path.exists():
        raise ArtifactError(f"nothing at {path}; `argosy runs` lists the runs, --json of a run its outputs")
    for pattern, module, kind in REPORTS:
        if path.is_dir() and next(path.glob(pattern), None):
            render: Callable[[str], str] = getattr(importlib.import_module(module), f"{kind}_{form}")
            return render
    return None


def _examples(path: Path) -> str:
    from argosy.examples import read_examples, split_names

    lines = []
    for split in split_names(str(path)):
        lines.append(f"split {split}, first rows:")
        batch = next(iter(read_examples(str(path), split, batch_size=ROWS)), None)
        for row in batch.to_pylist() if batch else []:
            lines.append("  " + json.dumps({key: _plain(value) for key, value in row.items()}, ensure_ascii=False))
    return "\n".join(lines)


def _transform_graph(path: Path) -> str:
    from argosy.data_validation.report import schema_text

    lines = ["transformed features:", schema_text(str(path / "transformed_metadata"))]
    for asset in sorted((path / "transform_fn" / "assets").glob("*")):
        entries = asset.read_text(encoding="utf-8", errors="replace").splitlines()
        shown = ", ".join(entries[:10]) + (", ..." if len(entries) > 10 else "")
        lines.append(f"vocabulary {asset.name} ({len(entries)}): {shown}")
    return "\n".join(lines)


def _model(path: Path) -> str:
    from argosy.saved_model import load_session_model

    nested = path / "Format-Serving"
    model = load_session_model(str(nested if nested.is_dir() else path))
    lines = []
    for name, signature in sorted(model.signatures.items()):
        lines.append(f"signature {name}")
        for direction in ("inputs", "outputs"):
            for tensor, info in sorted(getattr(signature, direction).items()):
                lines.append(f"  {direction[:-1]:<7} {tensor}: {info.dtype} {list(info.shape or [])}")
    model.close()
    return "\n".join(lines)


def blessing(path: Path) -> str:
    """Returns a verdict and its reasons as text."""
    lines = ["blessed" if (path / "BLESSED").exists() else "not blessed"]
    file = path / "reasons.json"
    if file.exists():
        found = json.loads(file.read_text(encoding="utf-8"))
        lines += [f"  because {reason['message']}" for reason in found["reasons"]]
        lines += [f"  note: {note}" for note in found.get("notes", [])]
    return "\n".join(lines)


TEXTS: tuple[tuple[str, Callable[[Path], str]], ...] = (
    ("transform_fn/saved_model.pb", _transform_graph),
    ("Format-Serving/saved_model.pb", _model),
    ("saved_model.pb", _model),
    ("Split-*/*", _examples),
    ("*BLESSED", blessing),
)


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file())


def _plain(value: object) -> object:
    if not isinstance(value, list):
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    values = [_plain(item) for item in value]
    return values[0] if len(value) == 1 and not isinstance(value[0], list) else values
