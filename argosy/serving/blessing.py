"""Whether a model may be pushed, by the verdicts of the steps before."""

import json
from pathlib import Path
from typing import Any

from argosy.artifacts import Input

_LONGEST_REASON = 500


def refusal(blessing: Input[Any], prefix: str = "") -> str:
    """Returns why a blessing does not allow a push; an empty string when it does.

    The file `BLESSED` or `NOT_BLESSED` decides, then the metadata key `blessed`; no verdict is no blessing.

    Args:
        blessing: The artifact.
        prefix: "INFRA_" for InfraValidator's files.
    """
    directory = Path(blessing.path)
    if (directory / f"{prefix}NOT_BLESSED").exists():
        return f"not blessed{_reasons(directory)}"
    if (directory / f"{prefix}BLESSED").exists():
        return ""
    verdict = blessing.metadata.get("blessed")
    if verdict is None:
        return f"no verdict in {directory}: neither the file {prefix}BLESSED nor {prefix}NOT_BLESSED"
    return "" if str(verdict) in ("1", "1.0", "True", "true") else f"not blessed{_reasons(directory)}"


def _reasons(directory: Path) -> str:
    try:
        found = json.loads((directory / "reasons.json").read_text(encoding="utf-8"))
        text = "; ".join(reason["message"] for reason in found["reasons"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return f": {text[:_LONGEST_REASON]}" if text else ""
