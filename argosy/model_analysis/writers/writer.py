"""What a writer is."""

import dataclasses

import apache_beam as beam


@dataclasses.dataclass(frozen=True, kw_only=True)
class Writer:
    """A named stage; its transform takes an Evaluation and writes what it knows of it."""

    stage_name: str
    ptransform: beam.PTransform
