"""Values as the texts in which they travel between the templates of a Workflow and into its pods."""

import json
from typing import Any


def encode(value: Any) -> str:
    """Returns the value as JSON in ASCII that nothing on the way takes for its own.

    Argo substitutes whatever stands in double braces, again in what it has substituted before; Kubernetes expands `$(X)`
    and halves `$$` in arguments; Go quotes the character DEL in a way that is no JSON. These three stand in texts only, so
    that their escapes leave the JSON what it was.

    >>> encode({"text": "$(HOME) {{x}}"})
    '{"text": "\\\\u0024(HOME) \\\\u007b\\\\u007bx}}"}'
    """
    text = json.dumps(value)
    return text.replace("{{", r"\u007b\u007b").replace("$", r"\u0024").replace("\x7f", r"\u007f")
