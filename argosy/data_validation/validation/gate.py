"""Whether anomalies stop the run."""

from collections.abc import Mapping

from argosy.data_validation.validation.spec import Anomalies, Anomaly
from argosy.errors import GateError, ParameterError, did_you_mean

FAIL_ON = ("error", "warning", "never")
"""From which severity on anomalies stop the run."""

NAMED = 10
"""How many features of a split a message names."""


def check_fail_on(fail_on: str) -> None:
    """Passes when the name is known.

    Raises:
        ParameterError: It is not.
    """
    if fail_on not in FAIL_ON:
        raise ParameterError(f"fail_on: there is no {fail_on!r}; {did_you_mean(fail_on, FAIL_ON)}")


FAULT = "the data does not fit the schema"
REMEDY = "Mend the data; or, where the data is right, change the schema"


def open_gate(found: Mapping[str, Anomalies], *, fail_on: str, fault: str = FAULT, remedy: str = REMEDY) -> None:
    """Passes when no split has anomalies of the severity `fail_on` or above.

    Args:
        found: By split.
        fail_on: error, warning or never.
        fault: What to say is wrong.
        remedy: What to say can be done.

    Raises:
        GateError: One has; the message names splits, features, reasons, and what to do.
    """
    if fail_on == "never":
        return
    severity = "ERROR" if fail_on == "error" else "WARNING"
    parts = []
    for split, anomalies in found.items():
        grave = anomalies.at_least(severity)  # type: ignore[arg-type]
        if anomalies.data_missing:
            parts.append(f"split {split} has no rows")
        elif grave:
            parts.append(f"split {split}: {_named(grave)}")
    if parts:
        raise GateError(f"{fault}: {'; '.join(parts)}. {remedy}; or set fail_on to 'never' to go on in spite of it")


def _named(anomalies: tuple[Anomaly, ...]) -> str:
    shown = ", ".join(f"{anomaly.name} ({_lower(anomaly.short)})" for anomaly in anomalies[:NAMED])
    return shown + (f" and {len(anomalies) - NAMED} more features" if len(anomalies) > NAMED else "")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
