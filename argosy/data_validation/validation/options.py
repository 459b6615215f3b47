"""Options of validation, under TFDV's names."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from argosy.data_validation.validation.spec import RANKS, REASON_TYPES, Severity
from argosy.errors import ParameterError, did_you_mean

NEW = "SCHEMA_NEW_COLUMN"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValidationOptions:
    """What is an anomaly, and how grave.

    Attributes:
        features_needed: Names of the features, or paths of steps, of which it is worth telling that they are new; None:
            all.
        new_features_are_warnings: Whether a feature that the schema lacks is a WARNING.
        severity_overrides: By type of reason, its severity; ERROR where it says nothing. UNKNOWN: not graded.

    Raises:
        ParameterError: There is no such type of reason, or no such severity.
    """

    features_needed: frozenset[str] | None = None
    new_features_are_warnings: bool = False
    severity_overrides: Mapping[str, Severity] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, severity in self.severity_overrides.items():
            if kind not in REASON_TYPES:
                raise ParameterError(
                    f"severity_overrides: no anomaly is of type {kind!r}; {did_you_mean(kind, REASON_TYPES)}"
                )
            if severity not in RANKS:
                raise ParameterError(
                    f"severity_overrides: {kind} is {severity!r}; {did_you_mean(str(severity), RANKS)}"
                )

    def severity(self, kind: str) -> Severity:
        """Returns the severity of a type of reason.

        >>> ValidationOptions(new_features_are_warnings=True).severity("SCHEMA_NEW_COLUMN")
        'WARNING'
        """
        usual: Severity = "WARNING" if kind == NEW and self.new_features_are_warnings else "ERROR"
        return self.severity_overrides.get(kind, usual)

    def is_needed(self, name: str) -> bool:
        """Whether to tell that the feature is new."""
        return self.features_needed is None or name in self.features_needed


def parse_validation_options(options: Mapping[str, Any]) -> ValidationOptions:
    """Returns the options of a dictionary, the defaults for what it does not name.

    >>> parse_validation_options({"severity_overrides": {"SCHEMA_NEW_COLUMN": "WARNING"}}).severity("SCHEMA_NEW_COLUMN")
    'WARNING'

    Raises:
        ParameterError: An unknown name, type of reason or severity, or a value of the wrong type.
    """
    known = {field.name for field in dataclasses.fields(ValidationOptions)}
    for name in options:
        if name not in known:
            raise ParameterError(f"validation_options has no {name!r}: {did_you_mean(name, known)}")
    needed = options.get("features_needed")
    if needed is not None and (not isinstance(needed, list) or not all(isinstance(name, str) for name in needed)):
        raise ParameterError(f"validation_options: features_needed is {needed!r}; give a list of names of features")
    warn = options.get("new_features_are_warnings", False)
    if not isinstance(warn, bool):
        raise ParameterError(f"validation_options: new_features_are_warnings is {warn!r}; give true or false")
    return ValidationOptions(
        features_needed=None if needed is None else frozenset(needed),
        new_features_are_warnings=warn,
        severity_overrides=_overrides(options.get("severity_overrides", {})),
    )


def _overrides(given: Any) -> Mapping[str, Severity]:
    if not isinstance(given, dict):
        raise ParameterError(f"validation_options: severity_overrides is {given!r}; give {{type: severity}}")
    return MappingProxyType(dict(given))
