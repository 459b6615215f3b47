"""What an extractor is."""

import dataclasses
from collections.abc import Callable

import apache_beam as beam

from argosy.model_analysis.extracts import Extracts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Extractor:
    """A named stage; its transform takes a PCollection of Extracts and gives one."""

    stage_name: str
    ptransform: beam.PTransform


def extractor(stage_name: str, function: Callable[[Extracts], Extracts]) -> Extractor:
    """Returns the stage that applies a function to each batch."""
    return Extractor(stage_name=stage_name, ptransform=beam.Map(function))
