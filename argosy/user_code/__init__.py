"""The user's own Python, YAML and schema, on its way from a file beside the pipeline into a container.

What a parameter such as `module_file`, `eval_config` or `schema_file` may be:

    preprocessing.py                      a file of up to 64 kB: read when the pipeline is compiled, travels as text
    ./flights, ./flights.whl              a folder, archive or larger file: `argosy submit` uploads it
    s3://bucket/code.zip#sha256=9f2c...   what lies at a URI; the digest may be left out
    flights.model                         a module that can be imported where the step runs

`localised` is for when a pipeline is compiled, `stored` for when it is submitted or begins to run, and the `load_...`
functions for the step itself. An archive holds packages: `run_fn`, `preprocessing_fn` or `reader_fn` then names the
function in it. `with_custom_config` and `raised_at` are for who calls that.
"""

from argosy.user_code.call import raised_at, with_custom_config
from argosy.user_code.inline import MAX_INLINE_BYTES, inline_file, is_inline
from argosy.user_code.load import load_function, load_module, load_text, python_sources, user_function
from argosy.user_code.local import localised, stored
from argosy.user_code.reference import FILE_PARAMETERS, Reference, parse_reference

__all__ = [
    "FILE_PARAMETERS",
    "MAX_INLINE_BYTES",
    "Reference",
    "inline_file",
    "is_inline",
    "load_function",
    "load_module",
    "load_text",
    "localised",
    "parse_reference",
    "python_sources",
    "raised_at",
    "stored",
    "user_function",
    "with_custom_config",
]
