"""Files of rows, in every format that ExampleGen reads."""

import json
from collections.abc import Callable

import fastavro
import pyarrow as pa
import pytest
from pyarrow import parquet

from argosy.examples.write import write_examples


@pytest.fixture
def write_rows(tmp_path):
    """Writes rows {"id": int, "group": str} to one file of a format below a folder."""

    def write(folder, stem, name, rows):
        folder.mkdir(exist_ok=True, parents=True)
        if name.startswith("tfrecord"):
            _WRITERS[name](folder / stem, rows, tmp_path / "made")
        else:
            _WRITERS[name](folder / f"{stem}.{name}", rows)

    return write


def _write_csv(file, rows):
    file.write_text("id,group\n" + "".join(f"{row['id']},{row['group']}\n" for row in rows))


def _write_json(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _write_parquet(file, rows):
    schema = pa.schema({"id": pa.int64(), "group": pa.string()})
    parquet.write_table(pa.Table.from_pylist(rows, schema), file, row_group_size=16)


def _write_avro(file, rows):
    fields = [{"name": "id", "type": "long"}, {"name": "group", "type": "string"}]
    with file.open("wb") as raw:
        fastavro.writer(raw, {"type": "record", "name": "Row", "fields": fields}, rows, sync_interval=200)


def _write_tfrecord(file, rows, made, payload_format="FORMAT_TF_EXAMPLE", suffix=".tfrecord.gz"):
    columns = {"id": [[row["id"]] for row in rows], "group": [[row["group"].encode()] for row in rows]}
    schema = pa.schema({"id": pa.list_(pa.int64()), "group": pa.list_(pa.binary())})
    folder = made / file.name
    write_examples([pa.RecordBatch.from_pydict(columns, schema)], str(folder), "all", payload_format=payload_format)
    (written,) = (folder / "Split-all").iterdir()
    written.rename(file.with_suffix(suffix))


def _write_sequences(file, rows, made):
    _write_tfrecord(file, rows, made, "FORMAT_TF_SEQUENCE_EXAMPLE", ".sequence.gz")


_WRITERS: dict[str, Callable[..., None]] = {
    "csv": _write_csv,
    "jsonl": _write_json,
    "parquet": _write_parquet,
    "avro": _write_avro,
    "tfrecord": _write_tfrecord,
    "tfrecord_sequence": _write_sequences,
}
