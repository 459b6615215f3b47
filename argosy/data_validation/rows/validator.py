"""Rows against a schema, at the pace of a server: rules are made once of the schema and judge whole columns."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from argosy.data_validation.rows.mappings import batch_of
from argosy.data_validation.rows.rules import Cells, Rule, cells_of, domain_rules, length_rules, presence_rule
from argosy.data_validation.rows.spec import RowFinding, Verdict
from argosy.data_validation.validation.presence import type_fault
from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.examples import decode_examples
from argosy.schema import Feature, Schema

NEW = "SCHEMA_NEW_COLUMN"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Demands:
    """What is demanded of one feature.

    Attributes:
        type: Of its values.
        presence: That it is there.
        rules: On its values and their number.
        is_expected: Whether it is in the environment.
    """

    type: str
    presence: Rule | None
    rules: tuple[Rule, ...]
    is_expected: bool


@dataclasses.dataclass(frozen=True)
class Validator:
    """Judges rows one by one.

    >>> from argosy.schema import Feature, IntDomain, Presence, Schema
    >>> age = Feature(name="age", type="INT", domain=IntDomain(min=0), presence=Presence(min_fraction=1.0))
    >>> verdict = Validator(Schema(features=(age,))).check([{"age": 3}, {"age": -1}, {}])
    >>> verdict.valid.tolist()
    [True, False, False]
    >>> verdict.reasons(1)[0].description
    'The row has -1; the domain begins at 0.'

    What a schema demands of a dataset (min_count, unique_constraints, drift...) says nothing of a row and is not
    judged. What it tolerates in a fraction of the rows (min_fraction and min_domain_mass below 1) is a WARNING.

    Attributes:
        schema: What rows should look like.
        environment: The one whose features are expected; empty: all features.
    """

    schema: Schema
    _: dataclasses.KW_ONLY
    environment: str = ""

    def __post_init__(self) -> None:
        """Passes when the schema knows the environment.

        Raises:
            ParameterError: It does not.
        """
        if self.environment and self.environment not in self.schema.environments():
            hint = did_you_mean(self.environment, self.schema.environments())
            raise ParameterError(f"environment {self.environment!r} is in no feature and no default: {hint}")

    def check(self, rows: pa.RecordBatch | pa.Array | Sequence[bytes] | Sequence[Mapping[str, Any]]) -> Verdict:
        """Returns what is wrong with each row.

        Args:
            rows: A batch of list columns; serialized tf.Examples; or dictionaries, as a request holds them: a name's
                value is a number, a text, a list of them, or None.

        Raises:
            DataError: A record is no tf.Example.
        """
        if isinstance(rows, pa.RecordBatch):
            return Verdict(num_rows=rows.num_rows, findings=tuple(self._judge(rows)), parts=((0, rows),))
        if isinstance(rows, pa.Array):
            return self._check_records(rows, 0)
        if len(rows) and isinstance(rows[0], bytes):
            return self._check_records(pa.array(rows, pa.binary()), 0)
        return self._check_mappings(cast(Sequence[Mapping[str, Any]], rows))

    @functools.cached_property
    def demands(self) -> Mapping[str, Demands]:
        """What is demanded of each live feature of the schema, by name."""
        return {feature.name: self._demands(feature) for feature in self.schema.features if feature.is_live}

    @functools.cached_property
    def dormant(self) -> frozenset[str]:
        """The names of the features of the schema that are not live."""
        return frozenset(feature.name for feature in self.schema.features if not feature.is_live)

    def _demands(self, feature: Feature) -> Demands:
        return Demands(
            type=feature.type,
            presence=presence_rule(feature),
            rules=(*length_rules(feature), *domain_rules(feature, self.schema)),
            is_expected=self.schema.is_in_environment(feature, self.environment),
        )

    def _judge(self, batch: pa.RecordBatch, told: Mapping[str, Sequence[int]] | None = None) -> Iterator[RowFinding]:
        """Yields what is wrong; of the features in `told` those rows are not judged again."""
        absent = cells_of(pa.nulls(batch.num_rows))
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name, demands in self.demands.items():
            cells = cells_of(columns[name]) if name in columns else absent
            for finding in self._of_feature(name, demands, cells):
                rows = np.setdiff1d(finding.rows, (told or {}).get(name, ())) if told else finding.rows
                if len(rows):
                    yield dataclasses.replace(finding, rows=rows)
        for name, column in columns.items():
            if name in self.demands or name in self.dormant:
                continue
            rows = np.flatnonzero(column.is_valid())
            if len(rows):
                yield RowFinding(
                    feature=name, type=NEW, short="New column", demand="the schema has no such feature", rows=rows
                )

    def _of_feature(self, name: str, demands: Demands, cells: Cells) -> Iterator[RowFinding]:
        if not demands.is_expected:
            rows = np.flatnonzero(cells.present)
            if len(rows):
                short, demand = "Column missing in environment", f"it is not expected in {self.environment}"
                yield RowFinding(feature=name, type=NEW, short=short, demand=demand, rows=rows)
            return
        if demands.presence is not None and not cells.present.all():
            yield _finding(name, demands.presence, ~cells.present)
        if demands.type != "TYPE_UNKNOWN" and len(cells.values) and _type_of(cells.values.type) != demands.type:
            got = _STATISTICS_TYPES[_type_of(cells.values.type)]
            yield _of_type(name, np.flatnonzero(cells.lengths), demands.type, got)
            return
        for rule in demands.rules:
            if rule.of_values and not len(cells.values):
                continue
            wrong = rule.wrong(cells)
            if wrong.any():
                yield _finding(name, rule, cells.rows_of(wrong) if rule.of_values else wrong)

    def _check_mappings(self, rows: Sequence[Mapping[str, Any]]) -> Verdict:
        batch, odd = batch_of(rows, {name: demands.type for name, demands in self.demands.items()})
        of_odd = (
            _of_type(name, np.array(places), self.demands[name].type, _type_of_value(rows[places[0]][name]))
            for name, places in odd.items()
            if self.demands[name].is_expected
        )
        return Verdict(num_rows=len(rows), findings=(*self._judge(batch, odd), *of_odd), parts=((0, rows),))

    def _check_records(self, records: pa.Array, first: int) -> Verdict:
        try:
            batch = decode_examples(records, first_record=first)
        except DataError:
            # A batch has one type a feature; rows that differ in it are judged apart.
            if len(records) == 1:
                raise
            half = len(records) // 2
            return _joined(
                self._check_records(records[:half], first), self._check_records(records[half:], first + half)
            )
        return self.check(batch)


def _finding(name: str, rule: Rule, wrong: Any) -> RowFinding:
    return RowFinding(
        feature=name,
        type=rule.type,
        short=rule.short,
        demand=rule.demand,
        severity=rule.severity,
        rows=np.flatnonzero(wrong),
    )


def _of_type(name: str, rows: Any, expected: str, got: str) -> RowFinding:
    return RowFinding(
        feature=name,
        type="UNEXPECTED_DATA_TYPE",
        short=type_fault(expected, got),
        demand=f"the schema says {expected}",
        rows=rows,
    )


_STATISTICS_TYPES = {"BYTES": "STRING", "INT": "INT", "FLOAT": "FLOAT"}


def _type_of_value(value: Any) -> str:
    first = next(iter(value), None) if isinstance(value, list | tuple) else value
    kinds = {str: "STRING", bytes: "STRING", float: "FLOAT", int: "INT", bool: "INT"}
    return kinds.get(type(first), type(first).__name__)


def _type_of(type_: pa.DataType) -> str:
    if pa.types.is_integer(type_):
        return "INT"
    return "FLOAT" if pa.types.is_floating(type_) else "BYTES"


def _joined(one: Verdict, other: Verdict) -> Verdict:
    moved = (dataclasses.replace(finding, rows=finding.rows + one.num_rows) for finding in other.findings)
    found: dict[tuple[str, str, str], RowFinding] = {}
    for finding in (*one.findings, *moved):
        key = (finding.feature, finding.type, finding.demand)
        rows = np.concatenate([found[key].rows, finding.rows]) if key in found else finding.rows
        found[key] = dataclasses.replace(finding, rows=rows)
    parts = (*one.parts, *((first + one.num_rows, batch) for first, batch in other.parts))
    return Verdict(num_rows=one.num_rows + other.num_rows, findings=tuple(found.values()), parts=parts)
