"""ExampleGen: files, or answers of queries, become Examples, typed over the whole input, split by a hash of each row.

config      what `input_config`, `output_config` and `range_config` mean
patterns    a glob with {SPAN}, {VERSION} or a date in it (pattern_syntax); `spans`: which span and version is read
source      which files are read, and the fingerprint that a cache looks at before the run
formats     the formats of files: csv_files (with csv_options, csv_types, csv_faults), json_files, parquet_files,
            avro_files, tfrecord_files; `reader`: the user's own; `features`: what becomes of which type; `local_file`
            fetches, decompresses
queries     what is asked in place of files (connection, bigquery, sql, python_columns); `fetch` keeps answers as files
deal        rows to splits, by row_hash, the hash of a row, or tfx_hash, that of TFX (`convert` orders its bytes)
row_size    how large a row may be; `unchanged`: files that may not change meanwhile
beam        the pipeline; `executor` and `importer` are the bodies of the steps
"""

from typing import Any

from argosy.ingest.source import resolve_source

__all__ = ["hash_rows", "resolve_source"]


def __getattr__(name: str) -> Any:
    if name == "hash_rows":
        from argosy.ingest.row_hash import hash_rows

        return hash_rows
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
