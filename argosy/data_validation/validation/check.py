"""All checks of one feature, in order."""

import dataclasses

from argosy.data_validation.validation.comparators import check_drift, check_skew
from argosy.data_validation.validation.derived import check_derived
from argosy.data_validation.validation.domains import check_domain
from argosy.data_validation.validation.finding import Finding, View, applied, finding
from argosy.data_validation.validation.images import check_images
from argosy.data_validation.validation.presence import (
    DROPPED,
    check_environment,
    check_presence,
    check_shape,
    check_type,
    check_value_count,
)
from argosy.data_validation.validation.specification import check_declared_booleans
from argosy.data_validation.validation.texts import check_texts
from argosy.data_validation.validation.unique import check_unique
from argosy.schema.feature_contradictions import CHECKS as CONTRADICTIONS
from argosy.schema.feature_contradictions import RETIRED

DATA_CHECKS = (
    check_derived,
    check_declared_booleans,
    check_environment,
    check_shape,
    check_value_count,
    check_presence,
    check_type,
    check_domain,
    check_images,
    check_texts,
    check_unique,
    check_drift,
    check_skew,
)
"""What is checked of a feature that has values, after what its specification says by itself."""


def check_feature(view: View) -> tuple[list[Finding], View]:
    """Returns what is wrong with a live feature, and the view with the schema changed so that nothing is.

    Each check sees the changes that the ones before it have asked for, so that one fault is told once.
    """
    findings: list[Finding] = []
    for contradicts in CONTRADICTIONS:
        wrong = contradicts(view.schema, view.feature)
        told = [finding(one.type, one.short, one.description, **one.change) for one in wrong]
        view = _collected(findings, told, view)
    if not view.feature.is_judged:
        return findings, view
    if not view.statistics.common.num_non_missing:
        return _check_absent(findings, view)
    for check in DATA_CHECKS:
        view = _collected(findings, list(check(view)), view)
    return findings, view


def _check_absent(findings: list[Finding], view: View) -> tuple[list[Finding], View]:
    required = view.feature.is_required and view.schema.is_in_environment(view.feature, view.environment)
    if required:
        message = f"None of {view.num_examples} rows has the feature, which the schema requires."
        absent = finding("FEATURE_TYPE_NOT_PRESENT", DROPPED, message, **RETIRED)
        return findings, _collected(findings, [absent], view)
    for check in (check_drift, check_skew):
        view = _collected(findings, list(check(view)), view)
    return findings, view


def _collected(findings: list[Finding], found: list[Finding], view: View) -> View:
    findings.extend(found)
    schema, feature = view.schema, view.feature
    for one in found:
        schema, feature = applied(schema, feature, one.change, parent=view.path[:-1])
    return dataclasses.replace(view, schema=schema, feature=feature)
