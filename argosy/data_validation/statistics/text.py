"""Bytes as the strings of a proto."""

NOT_UTF8 = "__BYTES_VALUE__"
"""Stands for a value that is not UTF-8, which a proto's string cannot hold."""


def text_of(value: bytes | float) -> str:
    """Returns a value as text.

    >>> text_of(b"a"), text_of(3), text_of(bytes([200]))
    ('a', '3', '__BYTES_VALUE__')
    """
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
