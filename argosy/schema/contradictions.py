"""Whether a schema contradicts itself: all that is wrong with it before any data is seen."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator

from argosy.errors import DataError
from argosy.schema.composed import SparseFeature, WeightedFeature
from argosy.schema.constraints import DatasetConstraints, NumExamplesComparator
from argosy.schema.feature_contradictions import INVALID, INVALID_DOMAIN, Contradiction, of_domain, of_feature
from argosy.schema.spec import Schema, SharedDomain

LISTED = 20
"""How many contradictions a message lists."""


def contradictions(schema: Schema) -> tuple[Contradiction, ...]:
    """Returns everything in which the schema contradicts itself, feature by feature, then the rest; empty: nothing.

    Features that are neither live nor derived may say what they like.

    >>> from argosy.schema import Feature, IntDomain
    >>> age = Feature(name="age", type="INT", domain=IntDomain(min=9, max=1))
    >>> [found.description for found in contradictions(Schema(features=(age,)))]
    ['The domain goes from 9 to 1; give min <= max.']
    """
    found = [one for path, feature in schema.walk() for one in of_feature(schema, feature, path=path)]
    return (*found, *_names(schema), *_shared_domains(schema), *_composed(schema), *_dataset(schema))


def check_consistent(schema: Schema) -> None:
    """Passes when the schema does not contradict itself.

    Raises:
        DataError: It does; the message names all that is wrong.
    """
    found = contradictions(schema)
    if found:
        lines = [f"{'.'.join(one.path) or 'the schema'}: {one.description}" for one in found[:LISTED]]
        more = [f"and {len(found) - LISTED} more"] if len(found) > LISTED else []
        raise DataError("the schema contradicts itself: " + "; ".join([*lines, *more]))


def _names(schema: Schema) -> Iterator[Contradiction]:
    for name in _repeated(schema.names()):
        yield Contradiction(path=(name,), type=INVALID, description="The schema has this feature twice.")
    if "" in schema.names():
        yield Contradiction(
            path=(), type="FEATURE_MISSING_NAME", description="The schema has a feature without a name."
        )


def _shared_domains(schema: Schema) -> Iterator[Contradiction]:
    shared: tuple[SharedDomain, ...] = (*schema.string_domains, *schema.int_domains, *schema.float_domains)
    for name in _repeated(domain.name for domain in shared):
        yield Contradiction(path=(), type=INVALID_DOMAIN, description=f"The schema has two domains {name!r}.")
    used = {feature.domain for _, feature in schema.walk()}
    for domain in shared:
        if not domain.name:
            yield Contradiction(path=(), type=INVALID_DOMAIN, description="The schema has a domain without a name.")
        # What a feature uses is told with the feature.
        for one in of_domain(domain) if domain.name not in used else ():
            yield dataclasses.replace(one, description=f"Domain {domain.name!r}: {one.description}", change={})


def _composed(schema: Schema) -> Iterator[Contradiction]:
    live = {path for path, feature in schema.walk() if feature.is_live}
    times = Counter(path for path, _ in schema.walk_composed())
    for path in sorted(path for path, count in times.items() if count > 1 and path[-1]):
        description = "The schema has two sparse or weighted features of this name."
        yield Contradiction(path=path, type=INVALID, description=description)
    for path, one in schema.walk_composed():
        if not one.is_live:
            continue
        kind = "sparse" if isinstance(one, SparseFeature) else "weighted"
        if path in live:
            description = f"A feature and a {kind} feature have this name; rename one."
            yield Contradiction(path=path, type=f"{kind.upper()}_FEATURE_NAME_COLLISION", description=description)
        for part in _missing_parts(one):
            description = f"A {kind} feature without {part}; name it."
            yield Contradiction(path=path, type=INVALID, description=description)


def _missing_parts(one: SparseFeature | WeightedFeature) -> list[str]:
    if isinstance(one, SparseFeature):
        parts = {"index_feature": one.index_features, "value_feature": one.value_feature}
    else:
        parts = {"feature": one.feature, "weight_feature": one.weight_feature}
    return [name for name, part in parts.items() if not part]


def _dataset(schema: Schema) -> Iterator[Contradiction]:
    limits = schema.dataset_constraints or DatasetConstraints()
    low, high = limits.min_examples_count, limits.max_examples_count
    if (low is not None and low < 0) or (high is not None and high < max(low or 0, 0)):
        description = f"dataset_constraints goes from {low} to {high} examples; give 0 <= min <= max."
        yield Contradiction(path=(), type=INVALID, description=description)
    for field in ("num_examples_drift_comparator", "num_examples_version_comparator"):
        yield from _fractions(field, getattr(limits, field) or NumExamplesComparator())
    for name in _repeated(schema.default_environments):
        yield Contradiction(path=(), type=INVALID, description=f"default_environment {name!r} is there twice.")


def _fractions(field: str, comparator: NumExamplesComparator) -> Iterator[Contradiction]:
    low, high = comparator.min_fraction_threshold, comparator.max_fraction_threshold
    if (low is not None and not low >= 0) or (high is not None and not high >= max(low or 0.0, 0.0)):
        description = f"{field} goes from {low} to {high}; give 0 <= min <= max."
        yield Contradiction(path=(), type=INVALID, description=description)


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1 and name)
