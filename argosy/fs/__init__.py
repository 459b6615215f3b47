"""The one way to bytes, local or in an object store: absolute local paths, file://, s3:// and gs:// URIs.

    place.py      what a URI names: a local path, or a bucket and a key
    files.py      read, write, list, digest, remove, for any of them
    local.py      the local file system; what publishes there is atomic
    transfer.py   whole directories between here and a store: many at a time, each file checked
    store.py      what an object store can do; which one a URI means
    s3.py         s3:// by pyarrow, endpoint and credentials by AWS's usual variables
    gcs.py        gs:// by google-cloud-storage
    faults.py     what a store's refusal means, in one line with a remedy

A store has no directories: what some tools leave as zero-byte markers for them is not seen here, and none is written.
"""

from argosy.fs.files import (
    FileEntry,
    check_writable,
    digest,
    exists,
    list_entries,
    list_files,
    read_bytes,
    remove,
    write_bytes,
)
from argosy.fs.local import copy_directory
from argosy.fs.place import REMOTE_SCHEMES, is_remote, local_path
from argosy.fs.transfer import copy, download_directory, fetched, upload_directory

__all__ = [
    "REMOTE_SCHEMES",
    "FileEntry",
    "check_writable",
    "copy",
    "copy_directory",
    "digest",
    "download_directory",
    "exists",
    "fetched",
    "is_remote",
    "list_entries",
    "list_files",
    "local_path",
    "read_bytes",
    "remove",
    "upload_directory",
    "write_bytes",
]
