"""ExampleGen: files of raw data become Examples, typed over the whole input and split by a hash of each row.

config      what `input_config`, `output_config` and `range_config` mean
source      which files are read, and the fingerprint that a cache looks at before the run
csv_files   one CSV file: its header, the types of its columns (csv_types), its rows as batches
csv_faults  what is wrong with a CSV file, and in which line
row_hash    the hash of a row, which says in which split it lies
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
