"""Checks of features that validation made from others."""

from collections.abc import Iterator

from argosy.data_validation.validation.finding import Finding, View, finding

STAGES = ("VALIDATION_DERIVED", "DISABLED")


def check_derived(view: View) -> Iterator[Finding]:
    """Yields a finding when the schema says what a feature was made from, and lets it pass for one of the data."""
    if view.feature.derived is not None and view.feature.lifecycle_stage not in STAGES:
        yield finding(
            "DERIVED_FEATURE_BAD_LIFECYCLE",
            "Derived feature has wrong lifecycle",
            "The schema says that validation made the feature from others, so its lifecycle_stage is "
            "VALIDATION_DERIVED.",
            lifecycle_stage="VALIDATION_DERIVED",
        )
