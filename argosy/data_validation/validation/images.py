"""Checks of encoded images."""

import dataclasses
from collections.abc import Iterator

from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.schema import ImageDomain

UNKNOWN_FORMAT = "UNKNOWN"
NOT_KNOWN = "STATS_NOT_AVAILABLE"
NOT_KNOWN_SHORT = "Statistics are missing"


def check_images(view: View) -> Iterator[Finding]:
    """Yields findings when too few values are images that TensorFlow reads, or one is larger than allowed."""
    domain = view.domain
    if not isinstance(domain, ImageDomain):
        return
    yield from _check_formats(view, domain)
    binary = view.statistics.binary
    if domain.max_image_byte_size is not None and binary is not None:
        largest = binary.max_num_bytes_int
        if largest > domain.max_image_byte_size:
            yield finding(
                "MAX_IMAGE_BYTE_SIZE_EXCEEDED",
                "Num bytes exceeds the max byte size",
                f"The largest image has {largest} bytes; the schema allows {domain.max_image_byte_size}.",
                domain=dataclasses.replace(domain, max_image_byte_size=largest),
            )
    elif domain.max_image_byte_size is not None:
        message = "Image sizes were not measured. Give StatisticsGen the schema, which says that these are images."
        yield finding(NOT_KNOWN, NOT_KNOWN_SHORT, message, domain=dataclasses.replace(domain, max_image_byte_size=None))


def _check_formats(view: View, domain: ImageDomain) -> Iterator[Finding]:
    demanded, formats = domain.minimum_supported_image_fraction, view.statistics.custom("image_format_histogram")
    if demanded is None:
        return
    if not isinstance(formats, tuple) or not formats:
        message = "Image formats were not counted. Turn enable_semantic_domain_stats on in StatisticsGen."
        unlimited = dataclasses.replace(domain, minimum_supported_image_fraction=None)
        yield finding(NOT_KNOWN, NOT_KNOWN_SHORT, message, domain=unlimited)
        return
    known = sum(entry.frequency for entry in formats if entry.value != UNKNOWN_FORMAT)
    fraction = known / sum(entry.frequency for entry in formats)
    if fraction < demanded:
        yield finding(
            "LOW_SUPPORTED_IMAGE_FRACTION",
            "Low supported image fraction",
            f"{fraction:.2%} of the values are images that TensorFlow reads; the schema demands {demanded:.2%}.",
            domain=dataclasses.replace(domain, minimum_supported_image_fraction=fraction),
        )
