"""Which outputs of a model name its classes."""

import numpy as np
import pytest

from argosy.model_analysis.extractors.predictions import _class_names


@pytest.mark.parametrize(
    ("classes", "columns", "names"),
    [
        ([[b"a", b"b", b"c"]] * 2, 3, ("a", "b", "c")),
        ([[b"no", b"yes"]] * 2, 1, ("no", "yes")),
        ([[b"yes"], [b"yes"]], 1, ()),
        ([[b"a", b"b"], [b"b", b"a"]], 2, ()),
        ([[b"a", b"b"]], 3, ()),
        ([b"a", b"b"], 2, ()),
        (np.zeros((0, 2), object), 2, ()),
    ],
)
def test_names_stand_in_every_row_in_the_order_of_the_columns(classes, columns, names) -> None:
    assert _class_names(np.array(classes, object), columns) == names


def test_no_output_is_no_names() -> None:
    assert _class_names(None, 3) == ()
