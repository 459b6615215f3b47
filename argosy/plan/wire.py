"""Values as the texts in which they travel between the templates of a Workflow and into its pods."""

import json
from typing import Any


def encode(value: Any) -> str:
    r"""Returns the value as JSON in ASCII that nothing on the way takes for its own.

    Argo substitutes what stands in double braces, also in what it has substituted before; Kubernetes expands `$(X)` and
    halves `$$` in arguments; Go quotes the character DEL in a way that is no JSON. All three stand in texts only, so
    that their escapes leave the JSON what it was.

    >>> print(encode({"text": "$(HOME) {{x}}"}))
    {"text": "\u0024(HOME) \u007b\u007bx}}"}
    """
    text = json.dumps(value)
    return text.replace("{{", r"\u007b\u007b").replace("$", r"\u0024").replace("\x7f", r"\u007f")
