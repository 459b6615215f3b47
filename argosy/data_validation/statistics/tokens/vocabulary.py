"""Vocabularies: which token has which id."""

import dataclasses
import functools
from collections.abc import Mapping

from argosy import fs
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.examples.tfrecord import read_records
from argosy.schema import NaturalLanguageDomain, Schema

_WHERE = "stats_options: vocab_paths"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Tokens; the id of each is its place.

    >>> vocabulary = Vocabulary(tokens=("the", "fox"))
    >>> vocabulary.ids["fox"], vocabulary.token(0), vocabulary.token(2)
    (1, 'the', None)
    """

    tokens: tuple[str, ...]

    @functools.cached_property
    def ids(self) -> Mapping[str, int]:
        """The id of each token; of one that is there twice the last."""
        return {token: place for place, token in enumerate(self.tokens)}

    def token(self, id_: int) -> str | None:
        """Returns the token of an id; None where no token has it."""
        return self.tokens[id_] if 0 <= id_ < len(self.tokens) else None


def read_vocabularies(schema: Schema | None, options: StatisticsOptions) -> dict[str, Vocabulary]:
    """Returns by name the vocabularies that the schema names.

    Raises:
        ParameterError: The options give no file of one, or of another, or there is no such file.
        DataError: A file is empty or damaged, or not UTF-8.
        StorageError: A file cannot be read.
    """
    named: dict[str, str] = {}
    for path, feature in schema.walk() if schema else ():
        if isinstance(feature.domain, NaturalLanguageDomain) and feature.domain.vocabulary and options.allows(path):
            named.setdefault(feature.domain.vocabulary, ".".join(path))
    for name, feature_name in named.items():
        if name not in options.vocab_paths:
            raise ParameterError(
                f"{_WHERE} has no file of {name!r}, the vocabulary that the schema names for feature "
                f"{feature_name!r}; {did_you_mean(name, options.vocab_paths)}"
            )
    for name in options.vocab_paths:
        if name not in named:
            raise ParameterError(
                f"{_WHERE}: the schema names no vocabulary {name!r} in a natural_language_domain; "
                f"{did_you_mean(name, named)}"
            )
    return {name: read_vocabulary(options.vocab_paths[name], name=name) for name in named}


def read_vocabulary(file: str, *, name: str) -> Vocabulary:
    """Returns the vocabulary of a file: a text with one token a line, or, where it is called so, a `tfrecord.gz`.

    Args:
        file: A path or a URI.
        name: Of the vocabulary, for messages.

    Raises:
        ParameterError: There is no such file.
        DataError: It is empty or damaged, or not UTF-8.
        StorageError: It cannot be read.
    """
    where = f"{_WHERE}: {name!r}: {file}"
    if not fs.exists(file):
        raise ParameterError(f"{where} is not there; give a path or a URI that the step can read")
    try:
        tokens = _records(file) if file.endswith("tfrecord.gz") else _lines(file)
    except UnicodeDecodeError as error:
        raise DataError(f"{where} is not UTF-8 ({error.reason}); write it with one token a line") from error
    if not tokens:
        raise DataError(f"{where} has no token in it; write it with one token a line")
    return Vocabulary(tokens=tokens)


def _records(file: str) -> tuple[str, ...]:
    with fs.fetched(file) as path:
        return tuple(token.decode() for records in read_records(str(path), name=file) for token in records.to_pylist())


def _lines(file: str) -> tuple[str, ...]:
    # Not splitlines: a token may hold other separators, as U+2028, and its line would shift all ids behind it.
    text = fs.read_bytes(file).decode()
    lines = text.removesuffix("\n").split("\n") if text else []
    return tuple(line.removesuffix("\r") for line in lines)
