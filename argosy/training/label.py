"""What a dataset is asked for: the features of the schema that are parsed, and the label among them."""

from collections.abc import Sequence
from typing import Any

from argosy.errors import ParameterError, did_you_mean
from argosy.schema import Feature, Schema

DATA_ACCESSOR_HELP = "give the schema of the rows: of the transformed ones, or read_schema(fn_args.schema_path)"


def parsed_features(
    schema: Any, label_key: str | None = None, columns: Sequence[str] | None = None
) -> tuple[Feature, ...]:
    """Returns the live features of a Schema or of TensorFlow Metadata's proto; of the columns, where these are named.

    Raises:
        ParameterError: There is no schema, or it has not the label or a column.
    """
    live = {feature.name: feature for feature in known_schema(schema).features if feature.is_live}
    wanted = list(live) if columns is None else [*columns, *({label_key} - {None, *columns})]
    for name in [*wanted, *([] if label_key is None else [label_key])]:
        if name not in live:
            what = "label_key" if name == label_key else "column"
            raise ParameterError(f"{what} {name!r} is not a feature; {did_you_mean(str(name), live)}")
    return tuple(live[str(name)] for name in wanted)


def known_schema(schema: Any) -> Schema:
    """Returns a schema, converted where it is a proto.

    Raises:
        ParameterError: There is none.
    """
    if schema is None:
        raise ParameterError(f"tf_dataset_factory needs a schema; {DATA_ACCESSOR_HELP}")
    if isinstance(schema, Schema):
        return schema
    from argosy.schema.convert import from_proto

    return from_proto(schema)


def split_label(features: dict[str, Any], label_key: str | None) -> Any:
    """Returns the features, or (the others, the label)."""
    return features if label_key is None else (features, features.pop(label_key))
