"""The check of what validation made of other features."""

from collections.abc import Iterator

from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.schema.composed import DERIVED


def check_derived(view: View) -> Iterator[Finding]:
    """Yields a finding when the statistics say that the feature was derived, and the schema does not."""
    source = view.statistics.derived
    if source is None or view.feature.derived is not None:
        return
    paths = ", ".join(".".join(path) for path in source.source_paths) or "others"
    by = f" by {source.deriver_name!r}" if source.deriver_name else ""
    yield finding(
        "DERIVED_FEATURE_INVALID_SOURCE",
        "Derived source not in the schema",
        f"The statistics say that the feature was derived of {paths}{by}; the schema says nothing of it. Give it this "
        f"validation_derived_source and the lifecycle_stage {DERIVED}.",
        derived=source,
        lifecycle_stage=DERIVED,
    )
