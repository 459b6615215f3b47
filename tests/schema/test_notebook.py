"""A schema in a notebook: its page as a cell's value, and as a table."""

import html

from argosy.schema import Feature, FloatDomain, Presence, Schema, StructDomain, schema_frame

SCHEMA = Schema(
    features=(
        Feature(name="age <b>", type="INT", presence=Presence(min_fraction=1.0), shape=(1,)),
        Feature(
            name="trip",
            type="STRUCT",
            lifecycle_stage="BETA",
            domain=StructDomain(features=(Feature(name="miles", type="FLOAT", domain=FloatDomain(min=0.0)),)),
        ),
    )
)


def test_a_cells_value_is_the_page_in_a_frame():
    shown = SCHEMA._repr_html_()
    assert shown.startswith("<iframe ")
    page = html.unescape(shown)
    assert "age &lt;b&gt;" in page
    assert "trip.miles" in page


def test_a_table_has_a_row_a_feature():
    frame = schema_frame(SCHEMA)
    assert list(frame.index) == ["age <b>", "trip", "trip.miles"]
    assert frame.loc["age <b>"].tolist() == ["INT", "required", "always 1", "any", "", "all", ""]
    assert frame.loc["trip.miles", "domain"] == "numbers from 0.0"
    assert frame.loc["trip", "lifecycle_stage"] == "BETA"
    assert schema_frame(Schema()).empty
