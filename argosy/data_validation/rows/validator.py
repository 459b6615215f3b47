"""Rows against a schema, at the pace of a server: rules are made once of the schema and judge whole columns."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from argosy.data_validation.rows.cells import Cells, cells_of
from argosy.data_validation.rows.mappings import batch_of, plain
from argosy.data_validation.rows.rules import Rule, domain_rules, length_rules, presence_rule
from argosy.data_validation.rows.spec import RowFinding, Verdict
from argosy.data_validation.validation.presence import type_fault
from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.examples import decode_examples
from argosy.schema import Feature, Schema, StructDomain

NEW = "SCHEMA_NEW_COLUMN"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Demands:
    """What is demanded of one feature.

    Attributes:
        type: Of its values.
        presence: That it is there.
        rules: On its values and their number.
        is_expected: Whether it is in the environment.
        within: What is demanded of the features within it.
    """

    type: str
    presence: Rule | None
    rules: tuple[Rule, ...]
    is_expected: bool
    within: "Expected"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Expected:
    """What is demanded of features side by side, by name; `dormant` are those that are not live."""

    demands: Mapping[str, Demands]
    dormant: frozenset[str]


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
            rows: A batch of columns, of lists or of values; serialized tf.Examples; or dictionaries, as a request
                holds them: a name's value is a number, a text, a list of them, an array of numpy, or None.

        Raises:
            DataError: A record is no tf.Example, or a column of a type that is no feature's.
        """
        if isinstance(rows, pa.RecordBatch):
            return Verdict(num_rows=rows.num_rows, findings=tuple(self._judge(rows)), parts=((0, rows),))
        if isinstance(rows, pa.Array):
            return self._check_records(rows, 0)
        if len(rows) and isinstance(rows[0], bytes):
            return self._check_records(pa.array(rows, pa.binary()), 0)
        return self._check_mappings(cast(Sequence[Mapping[str, Any]], rows))

    @functools.cached_property
    def expected(self) -> Expected:
        """What is demanded of the features of the schema."""
        return self._expected(self.schema.features)

    def _expected(self, features: Sequence[Feature]) -> Expected:
        return Expected(
            demands={feature.name: self._demands(feature) for feature in features if feature.is_live},
            dormant=frozenset(feature.name for feature in features if not feature.is_live),
        )

    def _demands(self, feature: Feature) -> Demands:
        return Demands(
            type=feature.type,
            presence=presence_rule(feature),
            rules=(*length_rules(feature), *domain_rules(feature, self.schema)),
            is_expected=self.schema.is_in_environment(feature, self.environment),
            within=self._expected(feature.domain.features if isinstance(feature.domain, StructDomain) else ()),
        )

    def _judge(self, batch: pa.RecordBatch) -> Iterator[RowFinding]:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        yield from self._of_columns(columns, self.expected, batch.num_rows)

    def _of_columns(
        self, columns: Mapping[str, pa.Array], expected: Expected, cells: int, within: str = ""
    ) -> Iterator[RowFinding]:
        """Yields what is wrong with features side by side, each of so many cells, `within` another one: `name.`."""
        absent = cells_of(within, pa.nulls(cells))
        for name, demands in expected.demands.items():
            path = within + name
            yield from self._of_feature(path, demands, cells_of(path, columns[name]) if name in columns else absent)
        for name, column in columns.items():
            if name in expected.demands or name in expected.dormant:
                continue
            rows = np.flatnonzero(column.is_valid())
            if len(rows):
                demand = "the schema has no such feature"
                yield RowFinding(feature=within + name, type=NEW, short="New column", demand=demand, rows=rows)

    def _of_feature(self, name: str, demands: Demands, cells: Cells) -> Iterator[RowFinding]:
        if not demands.is_expected:
            rows = np.flatnonzero(cells.present)
            if len(rows):
                short, demand = "Column missing in environment", f"it is not expected in {self.environment}"
                yield RowFinding(feature=name, type=NEW, short=short, demand=demand, rows=rows)
            return
        if demands.presence is not None and not cells.present.all():
            yield _finding(name, demands.presence, ~cells.present)
        if demands.type != "TYPE_UNKNOWN" and len(cells.values) and cells.type != demands.type:
            got = _STATISTICS_TYPES[cells.type]
            yield _of_type(name, np.flatnonzero(cells.lengths), demands.type, got)
            return
        for rule in demands.rules:
            if rule.of_values and not len(cells.values):
                continue
            wrong = rule.wrong(cells)
            if wrong.any():
                yield _finding(name, rule, cells.where(wrong) if rule.of_values else wrong)
        if cells.type == "STRUCT":
            fields = dict(zip((field.name for field in cells.values.type), cells.values.flatten(), strict=True))
            for found in self._of_columns(fields, demands.within, len(cells.values), f"{name}."):
                yield dataclasses.replace(found, rows=np.unique(cells.owners[found.rows]))

    def _check_mappings(self, rows: Sequence[Mapping[str, Any]]) -> Verdict:
        demands = self.expected.demands
        batch, odd = batch_of(rows, {name: one.type for name, one in demands.items()})
        found = []
        for finding in self._judge(batch):
            # A value of another type is missing in the batch.
            places = np.setdiff1d(finding.rows, odd[finding.feature]) if finding.feature in odd else finding.rows
            if len(places):
                found.append(dataclasses.replace(finding, rows=places))
        found += (
            _of_type(name, np.array(places), demands[name].type, _type_of_value(rows[places[0]][name]))
            for name, places in odd.items()
            if demands[name].is_expected
        )
        return Verdict(num_rows=len(rows), findings=tuple(found), parts=((0, rows),))

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


_STATISTICS_TYPES = {"BYTES": "STRING", "INT": "INT", "FLOAT": "FLOAT", "STRUCT": "STRUCT", "": "nothing"}


def _type_of_value(value: Any) -> str:
    value = plain(value)
    first = next(iter(value), None) if isinstance(value, list | tuple) else value
    kinds = {str: "STRING", bytes: "STRING", float: "FLOAT", int: "INT", bool: "INT"}
    return kinds.get(type(first), type(first).__name__)


def _joined(one: Verdict, other: Verdict) -> Verdict:
    moved = (dataclasses.replace(finding, rows=finding.rows + one.num_rows) for finding in other.findings)
    found: dict[tuple[str, str, str], RowFinding] = {}
    for finding in (*one.findings, *moved):
        key = (finding.feature, finding.type, finding.demand)
        rows = np.concatenate([found[key].rows, finding.rows]) if key in found else finding.rows
        found[key] = dataclasses.replace(finding, rows=rows)
    parts = (*one.parts, *((first + one.num_rows, batch) for first, batch in other.parts))
    return Verdict(num_rows=one.num_rows + other.num_rows, findings=tuple(found.values()), parts=parts)
