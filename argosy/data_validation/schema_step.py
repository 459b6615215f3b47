"""The steps SchemaGen and ImportSchemaGen."""

import functools
import json
import logging

from argosy import artifacts, fs
from argosy.artifacts import HTML, ExampleStatistics, Input, Output
from argosy.data_validation.infer import MAX_STRING_DOMAIN_SIZE, update_schema
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.step_parts import recorded_splits, write_page
from argosy.errors import DataError, ParameterError, did_you_mean, located
from argosy.schema import Schema, check_consistent, write_schema
from argosy.schema.convert import from_text
from argosy.schema.text import FILE_NAME
from argosy.user_code import load_text

_LOG = logging.getLogger("argosy.data_validation")


def schema_gen(
    statistics: Input[ExampleStatistics],
    schema: Output[artifacts.Schema],
    report: Output[HTML],
    *,
    infer_feature_shape: bool = True,
    splits: list[str] | None = None,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
    infer_numeric_ranges: bool = False,
    infer_integer_categories: int = 0,
) -> None:
    """Infers a schema from the first split given and lets it grow with the others.

    Raises:
        ParameterError: No split is given, or one without statistics; or a number is negative.
        DataError: A split has no rows.
    """
    known = recorded_splits(statistics.metadata) or statistics_splits(statistics.path)
    chosen = ["train"] if splits is None else splits
    if not chosen:
        raise ParameterError("splits is empty; name the splits whose rows are known to be good, such as train")
    for split in chosen:
        if split not in known:
            raise ParameterError(f"splits: there are no statistics of split {split!r}; {did_you_mean(split, known)}")
    found = [_with_rows(statistics.path, split) for split in chosen]
    infer = functools.partial(
        update_schema,
        max_string_domain_size=_not_negative("max_string_domain_size", max_string_domain_size),
        infer_numeric_ranges=infer_numeric_ranges,
        infer_integer_categories=_not_negative("infer_integer_categories", infer_integer_categories),
    )
    inferred = infer(Schema(), found[0], infer_feature_shape=infer_feature_shape)
    for more in found[1:]:
        inferred = infer(inferred, more)
    write_schema(inferred, schema.path)
    _LOG.info("%d features inferred from %s", len(inferred.features), ", ".join(chosen))
    schema.metadata.update({"splits": json.dumps(chosen), "num_features": len(inferred.features)})
    write_page(report, "schema", schema.path)


def import_schema_gen(schema: Output[artifacts.Schema], report: Output[HTML], *, schema_file: str) -> None:
    """Copies a schema, comments and all, that can be read and does not contradict itself.

    Raises:
        ParameterError: There is no such file.
        DataError: It is not a schema, or one that contradicts itself; the message names all that is wrong.
    """
    if not schema_file.strip():
        raise ParameterError("schema_file has to be given: a schema.pbtxt beside the pipeline, or a URI")
    name, text = load_text(schema_file)
    with located(schema_file=name):
        parsed = from_text(text)
        check_consistent(parsed)
    fs.write_bytes(f"{schema.path}/{FILE_NAME}", text.encode())
    _LOG.info("%d features in %s", len(parsed.features), name)
    schema.metadata["num_features"] = len(parsed.features)
    write_page(report, "schema", schema.path)


def _not_negative(name: str, value: int) -> int:
    if value < 0:
        raise ParameterError(f"{name} is {value}; give 0 or more")
    return value


def _with_rows(path: str, split: str) -> DatasetStatistics:
    found = read_statistics(path, split)
    if not found.num_examples:
        raise DataError(f"split {split} has no rows, so no schema can be inferred from it")
    return found
