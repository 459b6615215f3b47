"""What an evaluator is."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import apache_beam as beam

from argosy.errors import ParameterError

Evaluation = dict[str, Any]
"""Key -> PCollection of results: `metrics` (SliceResult), `validations` (ValidationResult)."""

METRICS = "metrics"
VALIDATIONS = "validations"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluator:
    """A named stage; its transform takes a PCollection of Extracts and gives an Evaluation.

    Attributes:
        stage_name: Its name.
        run_after: The name of the extractor whose output it takes.
        ptransform: What it does.
    """

    stage_name: str
    run_after: str
    ptransform: beam.PTransform


def verify_evaluator(evaluator: Evaluator, extractor_names: Iterable[str]) -> None:
    """Refuses an evaluator that runs after no known extractor.

    Raises:
        ParameterError: That is so.
    """
    names = list(extractor_names)
    if evaluator.run_after not in names:
        raise ParameterError(
            f"evaluator {evaluator.stage_name} runs after {evaluator.run_after!r}, which is none of {', '.join(names)}"
        )
