"""Our statistics, anomalies and schema in TFDV's own displays: its HTML, its views of slices, its tables."""

from pathlib import Path

import pytest

pytestmark = [pytest.mark.peer]

SPECIES = ("Adelie", "Gentoo", None, "Adelie")


@pytest.fixture(scope="module")
def shown(peer, rows_of, tmp_path_factory):
    from argosy.data_validation import (
        generate_statistics,
        infer_schema,
        parse_options,
        set_feature,
        validate_statistics,
        write_anomalies,
        write_anomalies_text,
        write_schema_text,
        write_statistics,
        write_stats_text,
    )
    from argosy.schema import Comparator

    def statistics_of(species):
        columns = {
            "species": ("BYTES", [value and value.encode() for value in species]),
            "mass": ("FLOAT", [float(i) for i in range(len(species))]),
            "many": ("INT", [[i, i] for i in range(len(species))]),
        }
        options = parse_options({"slices": [{"species": None}], "weight_feature": "mass"})
        return generate_statistics([rows_of(columns)], options=options)

    before, after = statistics_of(SPECIES), statistics_of(("Adelie", "Emperor", "Emperor", "Gentoo"))
    schema = set_feature(infer_schema(before), "species", drift_comparator=Comparator(infinity_norm=0.1))
    anomalies = validate_statistics(after, schema, previous_statistics=before)
    files = {"statistics": "s.pb", "statistics_text": "s.pbtxt", "anomalies": "a.pb", "anomalies_text": "a.pbtxt"}
    folder = tmp_path_factory.mktemp("shown")
    files = {name: str(folder / file) for name, file in files.items()} | {"schema": str(folder / "schema.pbtxt")}
    write_statistics(after, files["statistics"])
    write_stats_text(after, files["statistics_text"])
    write_anomalies(anomalies, files["anomalies"])
    write_anomalies_text(anomalies, files["anomalies_text"])
    write_schema_text(schema, files["schema"])
    return peer("show_files", slice="species_Emperor", **files)


def test_slices_have_views(shown):
    slices = shown["slices"]
    assert list(slices) == ["All Examples", "species_Adelie", "species_Emperor", "species_Gentoo"]
    assert slices["All Examples"]["species"] == {"type": "STRING", "missing": 0, "top": ["Emperor", "Gentoo", "Adelie"]}
    assert slices["species_Emperor"]["species"]["top"] == ["Emperor"]
    assert slices["All Examples"]["many"]["type"] == "INT"


def test_its_page_holds_all_rows_beside_a_slice(shown):
    assert shown["page"] == {"all": ["many", "mass", "species"], "slice": ["many", "mass", "species"]}


def test_its_tables_hold_anomalies_distances_and_the_schema(shown):
    tables = shown["tables"]
    ((name, short, long),) = tables["anomalies"]
    assert name == "'species'"
    assert short == "Multiple errors"
    assert "Emperor" in long
    assert [row[:2] for row in tables["distances"]] == [["species", "L_INFTY"]]
    assert [row[:2] for row in tables["features"]] == [["'many'", "INT"], ["'mass'", "FLOAT"], ["'species'", "STRING"]]
    assert tables["domains"] == [["'species'", "'Adelie', 'Gentoo'"]]


def test_each_name_of_tfdv_is_here_or_said_to_be_elsewhere(shown):
    import argosy.data_validation

    told = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()
    assert len(shown["names"]) > 40
    assert [name for name in shown["names"] if name not in argosy.data_validation.__all__ and name not in told] == []
