"""What the pipeline names."""

from .inner.scale import scaled


def preprocess(inputs):
    """Returns the column x, scaled."""
    return {"scaled": scaled(inputs["x"])}
