"""Which split of one artifact is compared with which of another."""

from collections.abc import Sequence
from typing import Any

from argosy.errors import ParameterError, did_you_mean


def pair_name(test: str, base: str) -> str:
    """Returns the name of a pair of splits, as TFX has it.

    >>> pair_name("eval", "train")
    'eval_train'
    """
    return f"{test}_{base}"


def chosen_pairs(
    test: Sequence[str], base: Sequence[str], wanted: Sequence[Any] | None, *, every: bool
) -> list[tuple[str, str]]:
    """Returns the pairs to compare, as (test split, base split).

    Args:
        test: The splits of the test.
        base: The splits of the base.
        wanted: Pairs as lists of two names; None or empty: the default.
        every: Whether the default is each with each; else those of one name.

    Raises:
        ParameterError: A pair is none, or one of its splits is not there; or no splits have one name.
    """
    if wanted:
        return [_pair(given, test, base) for given in wanted]
    pairs = [(one, other) for one in test for other in base if every or one == other]
    if not pairs:
        raise ParameterError(
            f"no split has one name in both: the test has {', '.join(test)}, the base {', '.join(base)}; name pairs in "
            "include_split_pairs"
        )
    return pairs


def _pair(given: Any, test: Sequence[str], base: Sequence[str]) -> tuple[str, str]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise ParameterError(f"include_split_pairs: {given!r} is no pair; give [test split, base split]")
    for side, name, known in (("test", given[0], test), ("base", given[1], base)):
        if name not in known:
            raise ParameterError(
                f"include_split_pairs: the {side} has no split {name!r}; {did_you_mean(str(name), known)}"
            )
    return str(given[0]), str(given[1])
