"""The columns that readers of rows ask for, and what the columns of a batch may be."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.examples.encode import KINDS

_REMEDY = "keep it out of the schema or the columns, or write the rows as tf.Examples"
_TYPES = {"BYTES": pa.binary(), "INT": pa.int64(), "FLOAT": pa.float32()}


class SchemaFeature(Protocol):
    """What is needed of a schema's feature; `type` is BYTES, INT or FLOAT."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def is_live(self) -> bool: ...


class RowSchema(Protocol):
    """What is needed of a schema, as an argosy.schema.Schema has it."""

    @property
    def features(self) -> Sequence[SchemaFeature]: ...


def wanted_types(columns: Sequence[str] | None, schema: RowSchema | None) -> dict[str, pa.DataType] | None:
    """Returns the type of each column to read, in order; null: any; None: all columns that there are.

    Raises:
        ParameterError: A column is not in the schema, or of a type that rows cannot hold.
    """
    if schema is None:
        return None if columns is None else dict.fromkeys(columns, pa.null())
    features = {feature.name: feature.type for feature in schema.features if feature.is_live}
    types = {}
    for name in features if columns is None else columns:
        if name not in features:
            raise ParameterError(f"columns: the schema has no feature {name!r}; {did_you_mean(name, features)}")
        if features[name] not in _TYPES:
            raise ParameterError(
                f"feature {name!r} has the type {features[name]} in the schema; rows hold {', '.join(_TYPES)}. "
                "Set its type, or mark it DEPRECATED"
            )
        types[name] = pa.list_(_TYPES[features[name]])
    return types


def as_typed(batch: pa.RecordBatch, types: Mapping[str, pa.DataType]) -> pa.RecordBatch:
    """Returns a batch of these columns: whole numbers become floats where these are asked for, what is absent null.

    Raises:
        DataError: A column is of another type.
    """
    columns = []
    for name, wanted in types.items():
        index = batch.schema.get_field_index(name)
        column = batch.column(index) if index >= 0 else pa.nulls(batch.num_rows)
        if pa.types.is_null(wanted) or column.type == wanted or is_nested(column.type):
            columns.append(column)
        elif pa.types.is_null(column.type):
            columns.append(pa.nulls(batch.num_rows, wanted))
        elif column.type == pa.list_(pa.int64()) and wanted == pa.list_(pa.float32()):
            columns.append(column.cast(wanted, safe=False))
        else:
            raise DataError(f"feature {name!r} is {column.type}, the schema says {wanted}; mend the schema or the data")
    if not columns:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * batch.num_rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(columns, names=list(types))


def is_nested(column_type: pa.DataType) -> bool:
    """Whether a column is a feature list of a tf.SequenceExample: lists of lists, or of steps that say no type."""
    return pa.types.is_list(column_type) and (
        pa.types.is_list(column_type.value_type) or pa.types.is_null(column_type.value_type)
    )


def refuse_nested(batch: pa.RecordBatch, reader: str, remedy: str = _REMEDY) -> None:
    """Returns if the batch has no feature list.

    Raises:
        DataError: It has one.
    """
    for field in batch.schema:
        if is_nested(field.type):
            raise DataError(
                f"{field.name!r} is a feature list of a tf.SequenceExample ({field.type}), which {reader} cannot take; "
                f"{remedy}"
            )


def check_columns(batch: pa.RecordBatch) -> None:
    """Returns if the columns are what rows may have: lists, or lists of lists, of one of the three kinds, or null.

    Raises:
        DataError: One is otherwise, has a null where a value has to be, or two have one name.
    """
    if len(set(batch.schema.names)) != batch.num_columns:
        raise DataError(f"a batch has two columns of one name: {', '.join(batch.schema.names)}; rename one")
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_null(column.type) or column.type == pa.list_(pa.null()):
            continue
        values = column.flatten() if pa.types.is_list(column.type) else column
        if pa.types.is_list(values.type):
            values = values.flatten()
        if not pa.types.is_list(column.type) or values.type not in KINDS:
            raise DataError(f"feature {name!r} is {column.type}; expected list<int64>, list<float32> or list<binary>")
        if values.null_count:
            raise DataError(
                f"feature {name!r} has a null inside a list; a missing value is a null in place of the list"
            )
