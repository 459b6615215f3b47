"""Trainer's parameters, checked: train_args and eval_args, and the files that their splits name."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.artifacts import Examples, Input
from argosy.errors import ParameterError, did_you_mean
from argosy.examples.layout import split_globs, split_names

_KEYS = ("splits", "num_steps")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PhaseArgs:
    """TFX's TrainArgs or EvalArgs.

    Attributes:
        splits: The splits to read; empty: the default one.
        num_steps: How many steps; None: run_fn decides.
    """

    splits: tuple[str, ...] = ()
    num_steps: int | None = None


def phase_args(value: Mapping[str, Any] | None, *, name: str) -> PhaseArgs:
    """Returns train_args or eval_args as typed values; 0 steps means none are given, as in TFX.

    >>> phase_args({"num_steps": "200"}, name="train_args")
    PhaseArgs(splits=(), num_steps=200)

    Raises:
        ParameterError: A key is unknown, or a value has the wrong type.
    """
    given = dict(value or {})
    for key in given:
        if key not in _KEYS:
            raise ParameterError(f"{name} has no key {key!r}; {did_you_mean(key, _KEYS)}")
    return PhaseArgs(splits=_splits(given.get("splits"), name), num_steps=_steps(given.get("num_steps"), name))


def split_patterns(examples: Input[Examples], splits: Sequence[str], *, name: str) -> list[str]:
    """Returns globs of the splits' data files.

    Raises:
        ParameterError: The examples have no such split.
    """
    recorded = examples.metadata.get("split_names")
    known = json.loads(recorded) if recorded else split_names(examples.path)
    for split in splits:
        if split not in known:
            raise ParameterError(f"{name}: the examples have no split {split!r}; {did_you_mean(split, known)}")
    return [found for split in splits for found in split_globs(examples.path, split)]


def _splits(value: Any, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(split, str) for split in value):
        raise ParameterError(f'{name}["splits"] has to be a list of names, found {value!r}')
    return tuple(value)


def _steps(value: Any, name: str) -> int | None:
    try:
        steps = 0 if value is None or isinstance(value, bool) else float(value)
        if isinstance(value, bool) or steps != int(steps) or steps < 0:
            raise ValueError(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f'{name}["num_steps"] has to be a whole number of steps, found {value!r}') from error
    return int(steps) or None
