"""What the files of an Examples artifact hold; a file's name says it, so nothing is ever guessed from its bytes.

| payload_format | file | a row is |
|---|---|---|
| FORMAT_TF_EXAMPLE | `*.gz`, and any other name | a serialized tf.Example in a TFRecord file |
| FORMAT_TF_SEQUENCE_EXAMPLE | `*.sequence.gz` | a serialized tf.SequenceExample in a TFRecord file |
| FORMAT_PARQUET | `*.parquet` | a row of list columns |
"""

from argosy.errors import ParameterError, did_you_mean

TF_EXAMPLE = "FORMAT_TF_EXAMPLE"
TF_SEQUENCE_EXAMPLE = "FORMAT_TF_SEQUENCE_EXAMPLE"
PARQUET = "FORMAT_PARQUET"

SUFFIXES = {TF_SEQUENCE_EXAMPLE: ".sequence.gz", PARQUET: ".parquet", TF_EXAMPLE: ".gz"}
"""TFX's name of each payload -> how the names of its files end."""

FILE_FORMATS = {
    TF_EXAMPLE: "FORMAT_TFRECORDS_GZIP",
    TF_SEQUENCE_EXAMPLE: "FORMAT_TFRECORDS_GZIP",
    PARQUET: "FILE_FORMAT_PARQUET",
}
"""TFX's name of each payload -> of its files, as the metadata of Examples have it."""

PREFIXES = {TF_EXAMPLE: "data_tfrecord", TF_SEQUENCE_EXAMPLE: "data_tfrecord", PARQUET: "data_parquet"}
"""TFX's name of each payload -> how the names of ExampleGen's files begin."""


def known_payload(name: str, *, default: str = TF_EXAMPLE) -> str:
    """Returns the payload of that name; of the empty one, the default.

    Raises:
        ParameterError: There is none.

    >>> known_payload("")
    'FORMAT_TF_EXAMPLE'
    """
    if name and name not in SUFFIXES:
        raise ParameterError(f"payload_format: {name!r} is none; {did_you_mean(name, SUFFIXES)}")
    return name or default


def payload_of(file: str) -> str:
    """Returns what a file holds, by its name.

    >>> payload_of("Split-train/data_parquet-00000-of-00001.parquet")
    'FORMAT_PARQUET'
    """
    return next((payload for payload, suffix in SUFFIXES.items() if file.endswith(suffix)), TF_EXAMPLE)
