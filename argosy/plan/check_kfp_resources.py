"""Resources as Kubernetes takes them: what it would refuse when the pod is made."""

import re
from fractions import Fraction

from argosy.errors import PipelineError
from argosy.plan.placeholders import has_placeholder
from argosy.plan.spec import ContainerExecutor

UNITS = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1),
    "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9),
    "T": Fraction(10**12), "P": Fraction(10**15), "E": Fraction(10**18), "Ki": Fraction(2**10), "Mi": Fraction(2**20),
    "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50), "Ei": Fraction(2**60),
}  # fmt: skip
_QUANTITY = re.compile(rf"(\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]{{1,2}})|({'|'.join(UNITS)}))")


def check_resources(body: ContainerExecutor) -> None:
    """Returns if the pod that asks for these resources can be made.

    Raises:
        PipelineError: A unit is none of Kubernetes's, a request is above its limit, or the accelerators are no count.
    """
    amounts = {key: _amount(key, value) for key, value in body.resources.items() if key.startswith("resource")}
    for kind in ("Cpu", "Memory"):
        request, limit = amounts.get(f"resource{kind}Request"), amounts.get(f"resource{kind}Limit")
        if request is not None and limit is not None and request > limit:
            texts = [body.resources[f"resource{kind}{end}"] for end in ("Request", "Limit")]
            raise PipelineError(
                f"asks for {texts[0]} of {kind.lower()} with a limit of {texts[1]}, so that its pod could not be made; "
                "set a request that is at most the limit"
            )
    accelerator = body.resources.get("accelerator", {})
    count = str(accelerator.get("resourceCount", accelerator.get("count", "1")))
    if not has_placeholder(count) and not (count.isascii() and count.isdigit()):
        raise PipelineError(f"asks for {count!r} accelerators; a count is a whole number")


def quantity(text: str) -> Fraction:
    """Returns the number that a quantity stands for.

    Raises:
        ValueError: It is no quantity.

    >>> quantity("500m"), quantity("2Gi") == 2 * 1024**3, quantity("1e3")
    (Fraction(1, 2), True, Fraction(1000, 1))
    """
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    number, exponent, unit = found.groups(default="")
    return Fraction(number) * (Fraction(10) ** int(exponent) if exponent else UNITS[unit])


def _amount(key: str, value: object) -> Fraction | None:
    text = str(value)
    if has_placeholder(text):
        return None
    try:
        return quantity(text)
    except ValueError as error:
        raise PipelineError(
            f"has the {key} {text!r}, which Kubernetes does not read; "
            f"write a number and one of {', '.join(unit for unit in UNITS if unit)}"
        ) from error
