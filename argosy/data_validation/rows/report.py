"""Which rows are wrong: for each reason how many, and a sample of them with file and row."""

import dataclasses
import json
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from argosy import fs
from argosy.data_validation.rows.spec import RowFinding, Rows, Verdict
from argosy.data_validation.rows.validator import Validator
from argosy.data_validation.splits import split_file
from argosy.data_validation.validation.spec import Severity
from argosy.errors import ArtifactError
from argosy.examples.layout import split_files
from argosy.examples.read import read_file
from argosy.examples.split_patterns import split_patterns
from argosy.schema import Schema

FILE_NAME = "AnomalousRows.json"
LIMIT = 10
"""How many rows are sampled for a reason."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class WrongRow:
    """A row: its file (empty: rows in memory), its number in it from 0, and what it holds of the feature."""

    file: str
    row: int
    value: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class WrongRows:
    """The rows that one thing is wrong with.

    Attributes:
        feature: The name of the feature.
        type: An enum name of AnomalyInfo.Type.
        short: A few words.
        demand: What the schema says.
        severity: WARNING where the schema tolerates it in a fraction of the rows.
        count: How many rows.
        samples: Some of them, which do not depend on the order in which rows are read; by file and row.
    """

    feature: str
    type: str
    short: str
    demand: str
    severity: Severity
    count: int
    samples: tuple[WrongRow, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowReport:
    """How many rows were judged, how many of them have an ERROR, and each reason, the most frequent first."""

    num_rows: int = 0
    num_wrong: int = 0
    reasons: tuple[WrongRows, ...] = ()


def validate_examples(
    batches: Iterable[pa.RecordBatch], schema: Schema, *, environment: str = "", limit: int = LIMIT
) -> RowReport:
    """Returns which rows of the batches are wrong, numbered through all of them.

    Args:
        batches: Rows; columns of lists, or of values.
        schema: What they should look like.
        environment: The one whose features are expected; empty: all features.
        limit: How many rows to sample for a reason.
    """
    return _reported((("", batch) for batch in batches), Validator(schema, environment=environment), limit)


def validate_split(path: str, split: str, schema: Schema, *, environment: str = "", limit: int = LIMIT) -> RowReport:
    """Returns which rows of a split of an Examples artifact are wrong, by file.

    Raises:
        ArtifactError: There is no such split.
        DataError: A file is damaged.
    """
    files = split_files(path, split)
    folder, _ = split_patterns(path)
    batches = ((file.removeprefix(f"{folder}/"), batch) for file in files for batch in read_file(file))
    return _reported(batches, Validator(schema, environment=environment), limit)


def identify_anomalous_examples(
    batches: Iterable[pa.RecordBatch], schema: Schema, *, environment: str = ""
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yields the rows that are wrong, batch by batch and reason by reason: ("<feature>_<type>", rows).

    A row with several reasons comes once for each.
    """
    validator = Validator(schema, environment=environment)
    for batch in batches:
        for finding in validator.check(batch).findings:
            yield f"{finding.feature}_{finding.type}", batch.take(pa.array(finding.rows))


def write_row_report(report: RowReport, path: str, split: str) -> None:
    """Writes the report beside the anomalies of the split, as JSON."""
    text = json.dumps(dataclasses.asdict(report), indent=1)
    fs.write_bytes(split_file(path, split, FILE_NAME), text.encode())


def read_row_report(path: str, split: str) -> RowReport | None:
    """Returns the report of a split; None when its rows were not judged one by one.

    Raises:
        ArtifactError: The file is damaged.
    """
    file = split_file(path, split, FILE_NAME)
    if not fs.exists(file):
        return None
    try:
        told = json.loads(fs.read_bytes(file))
        reasons = (
            WrongRows(**{**reason, "samples": tuple(WrongRow(**sample) for sample in reason["samples"])})
            for reason in told["reasons"]
        )
        return RowReport(num_rows=told["num_rows"], num_wrong=told["num_wrong"], reasons=tuple(reasons))
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{file}: not a report of rows ({error}); run ExampleValidator again") from error


@dataclasses.dataclass
class _Tally:
    """A reason while rows are read: how many, and the samples whose mixed numbers are the smallest."""

    finding: RowFinding
    count: int = 0
    samples: list[tuple[int, WrongRow]] = dataclasses.field(default_factory=list)


def _reported(batches: Iterable[tuple[str, pa.RecordBatch]], validator: Validator, limit: int) -> RowReport:
    rows = wrong = first = 0
    tallies: dict[tuple[str, str], _Tally] = {}
    current = ""
    for file, batch in batches:
        if file != current:
            current, first = file, 0
        verdict = validator.check(batch)
        for finding in verdict.findings:
            tally = tallies.setdefault((finding.feature, finding.type), _Tally(finding))
            tally.count += len(finding.rows)
            tally.samples = sorted([*tally.samples, *_sampled(verdict, finding, file, first, limit)], key=_rank)[:limit]
        rows, first = rows + batch.num_rows, first + batch.num_rows
        wrong += int((~verdict.valid).sum())
    ordered = sorted(tallies.values(), key=lambda tally: (-tally.count, tally.finding.feature, tally.finding.type))
    return RowReport(num_rows=rows, num_wrong=wrong, reasons=tuple(map(_of_tally, ordered)))


def _sampled(verdict: Verdict, finding: RowFinding, file: str, first: int, limit: int) -> list[tuple[int, WrongRow]]:
    ranks = _mixed(finding.rows + first, file)
    chosen = np.argsort(ranks, kind="stable")[:limit]
    return [
        (
            int(ranks[place]),
            WrongRow(file=file, row=first + int(row), value=verdict.value(int(row), finding.feature)),
        )
        for place, row in zip(chosen.tolist(), finding.rows[chosen].tolist(), strict=True)
    ]


def _mixed(rows: Rows, file: str) -> np.ndarray:
    """Returns a number for each row that says nothing of its place, so that the smallest are a fair sample."""
    mixed = (rows.astype(np.uint64) + np.uint64(zlib.crc32(file.encode()))) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed ^ mixed >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(8)


def _rank(sample: tuple[int, WrongRow]) -> tuple[int, str, int]:
    return sample[0], sample[1].file, sample[1].row


def _of_tally(tally: _Tally) -> WrongRows:
    samples = sorted((sample for _, sample in tally.samples), key=lambda sample: (sample.file, sample.row))
    finding = tally.finding
    return WrongRows(
        feature=finding.feature,
        type=finding.type,
        short=finding.short,
        demand=finding.demand,
        severity=finding.severity,
        count=tally.count,
        samples=tuple(samples),
    )
