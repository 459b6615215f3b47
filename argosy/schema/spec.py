"""The schema as frozen dataclasses.

`extra` fields hold, serialized, what a proto says beyond what is modelled here, so that writing a schema that was read
loses nothing.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

from argosy.errors import ParameterError, did_you_mean
from argosy.schema.composed import DERIVED, DORMANT_STAGES, FeatureType, SparseFeature, WeightedFeature
from argosy.schema.constraints import (
    Annotation,
    Comparator,
    DatasetConstraints,
    DerivedSource,
    Presence,
    UniqueConstraints,
    ValueCount,
)
from argosy.schema.domains import (
    BoolDomain,
    FloatDomain,
    ImageDomain,
    IntDomain,
    NaturalLanguageDomain,
    SemanticDomain,
    StringDomain,
    TimeDomain,
    TimeOfDayDomain,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StructDomain:
    """The features within a feature."""

    features: tuple["Feature", ...] = ()
    sparse_features: tuple[SparseFeature, ...] = ()
    extra: bytes = b""


SharedDomain = StringDomain | IntDomain | FloatDomain
"""A domain that a schema may hold by name, for several features."""

Domain = (
    StringDomain
    | IntDomain
    | FloatDomain
    | BoolDomain
    | StructDomain
    | NaturalLanguageDomain
    | ImageDomain
    | TimeDomain
    | TimeOfDayDomain
    | SemanticDomain
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature.

    Attributes:
        name: Its name in the rows.
        type: Of its values.
        presence: How often it must be there.
        group_presence: For a feature within another: whether it must be there wherever its parent is. Instead of
            `presence`.
        shape: The fixed shape of every row's value; None: rows differ in their number of values, or may lack it.
        value_counts: How many values a row may have, one entry a nesting level; empty: no demand. Instead of `shape`.
        domain: What it may hold; a string is the name of a domain of the schema.
        min_domain_mass: The fraction of values that must be in a string domain; None: all.
        unique_constraints: How many different values it must and may have.
        drift_comparator: How far it may move from one span of data to the next.
        skew_comparator: How far it may lie from what is served.
        in_environment: Environments that it is in although they are not default ones.
        not_in_environment: Default environments that it is not in.
        lifecycle_stage: An enum name such as PRODUCTION or DEPRECATED; empty: none is set.
        annotation: What people noted of it.
        derived: What validation made it from; None: it is in the data.
        extra: The rest of its proto, serialized.
    """

    name: str
    type: FeatureType = "TYPE_UNKNOWN"
    presence: Presence | None = None
    group_presence: bool | None = None
    shape: tuple[int, ...] | None = None
    value_counts: tuple[ValueCount, ...] = ()
    domain: Domain | str | None = None
    min_domain_mass: float | None = None
    unique_constraints: UniqueConstraints | None = None
    drift_comparator: Comparator | None = None
    skew_comparator: Comparator | None = None
    in_environment: tuple[str, ...] = ()
    not_in_environment: tuple[str, ...] = ()
    lifecycle_stage: str = ""
    annotation: Annotation | None = None
    derived: DerivedSource | None = None
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Checks that what excludes each other is not given together.

        Raises:
            ParameterError: A shape and value_counts, or presence and group_presence.
        """
        if self.shape is not None and self.value_counts:
            raise ParameterError(f"feature {self.name!r} has a shape and value_counts; give one of them")
        if self.presence is not None and self.group_presence is not None:
            raise ParameterError(f"feature {self.name!r} has presence and group_presence; give one of them")

    @property
    def value_count(self) -> ValueCount | None:
        """The demand on the number of values of a row, where there is one."""
        return self.value_counts[0] if self.value_counts else None

    @property
    def is_live(self) -> bool:
        """Whether its lifecycle stage lets rows that hold it be read and judged."""
        return self.lifecycle_stage not in DORMANT_STAGES

    @property
    def is_judged(self) -> bool:
        """Whether its lifecycle stage lets its statistics be validated: live, or derived of what is."""
        return self.is_live or self.lifecycle_stage == DERIVED

    @property
    def is_required(self) -> bool:
        """Whether it may not be wholly absent."""
        return self.presence is not None and (
            (self.presence.min_count or 0) > 0 or (self.presence.min_fraction or 0) > 0
        )

    @property
    def children(self) -> tuple["Feature", ...]:
        """The features within it."""
        return self.domain.features if isinstance(self.domain, StructDomain) else ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schema:
    """All features, in their order, and the domains that several may share by name.

    >>> schema = Schema(features=(Feature(name="age", type="INT", shape=(1,)),))
    >>> schema.feature("age").shape
    (1,)
    """

    features: tuple[Feature, ...] = ()
    sparse_features: tuple[SparseFeature, ...] = ()
    weighted_features: tuple[WeightedFeature, ...] = ()
    string_domains: tuple[StringDomain, ...] = ()
    int_domains: tuple[IntDomain, ...] = ()
    float_domains: tuple[FloatDomain, ...] = ()
    default_environments: tuple[str, ...] = ()
    dataset_constraints: DatasetConstraints | None = None
    represent_variable_length_as_ragged: bool = False
    annotation: Annotation | None = None
    extra: bytes = b""

    def feature(self, path: str | Sequence[str]) -> Feature:
        """Returns the feature of that name, or the one within others at that path.

        Raises:
            ParameterError: There is none.
        """
        steps = (path,) if isinstance(path, str) else tuple(path)
        if steps in self._by_path:
            return self._by_path[steps]
        name, known = ".".join(steps), [".".join(path) for path in self._by_path if len(path) == len(steps)]
        raise ParameterError(f"the schema has no feature {name!r}: {did_you_mean(name, known)}")

    def walk(self) -> Iterator[tuple[tuple[str, ...], Feature]]:
        """Yields every feature after the one that it is within, each with its path."""
        yield from self._by_path.items()

    def walk_composed(self) -> Iterator[tuple[tuple[str, ...], SparseFeature | WeightedFeature]]:
        """Yields every sparse and every weighted feature with its path: those of the schema, then those in features."""
        yield from (((sparse.name,), sparse) for sparse in self.sparse_features)
        yield from (((weighted.name,), weighted) for weighted in self.weighted_features)
        for path, feature in self.walk():
            if isinstance(feature.domain, StructDomain):
                yield from (((*path, sparse.name), sparse) for sparse in feature.domain.sparse_features)

    def names(self) -> tuple[str, ...]:
        """Returns the names of the outermost features, in order."""
        return tuple(feature.name for feature in self.features)

    def domain_of(self, feature: Feature) -> Domain | None:
        """Returns what the feature may hold, its name looked up; None: anything, or the schema has no such domain."""
        if not isinstance(feature.domain, str):
            return feature.domain
        return self.shared_domains.get(feature.domain)

    @functools.cached_property
    def shared_domains(self) -> Mapping[str, SharedDomain]:
        """The domains of the schema itself, by name."""
        named: tuple[SharedDomain, ...] = (*self.float_domains, *self.int_domains, *self.string_domains)
        return {domain.name: domain for domain in named}

    @functools.cached_property
    def _by_path(self) -> Mapping[tuple[str, ...], Feature]:
        found: dict[tuple[str, ...], Feature] = {}
        rest: list[tuple[tuple[str, ...], Feature]]
        rest = [((feature.name,), feature) for feature in reversed(self.features)]
        while rest:
            path, feature = rest.pop()
            found.setdefault(path, feature)
            rest += [((*path, child.name), child) for child in reversed(feature.children)]
        return found

    def environments(self) -> frozenset[str]:
        """Returns every environment that the schema names anywhere."""
        mentioned = (name for _, f in self.walk() for name in (*f.in_environment, *f.not_in_environment))
        return frozenset((*self.default_environments, *mentioned))

    def is_in_environment(self, feature: Feature, environment: str) -> bool:
        """Whether the feature belongs to the environment; every feature belongs to the unnamed one.

        >>> schema = Schema(default_environments=("TRAINING", "SERVING"))
        >>> schema.is_in_environment(Feature(name="label", not_in_environment=("SERVING",)), "SERVING")
        False
        """
        if not environment or environment in feature.in_environment:
            return True
        return environment not in feature.not_in_environment and environment in self.default_environments

    def _repr_html_(self) -> str:
        """Returns the schema as a page, as notebooks show it."""
        from argosy.page import framed
        from argosy.schema.report import schema_page

        return framed(schema_page(self))
