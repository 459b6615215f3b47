"""The kustomizations that the READMEs tell people to write, as they stand there."""

import re
from pathlib import Path

import pytest
import yaml

MANIFESTS = Path(__file__).parents[2] / "manifests"
ABOVE = {
    "argo": {"resources": ["argo/base"]},
    "storage": {"resources": ["storage/base"]},
    "serving": {
        "resources": ["serving/base"],
        "components": [f"serving/components/{name}" for name in ("puller", "s3", "settings")],
    },
}
"""Area -> what a piece of a kustomization, without head, is put on top of."""
EXAMPLES = [
    pytest.param(area, text, id=f"{area}-{number}")
    for area in ABOVE
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", (MANIFESTS / area / "README.md").read_text(), re.S))
]


@pytest.mark.parametrize(("area", "text"), EXAMPLES)
def test_an_example_renders(render, kustomize, tmp_path, area, text):
    fields = yaml.safe_load(text)
    if "kind" in fields:
        for key in fields.keys() & {"resources", "components"}:
            fields[key] = [path.removeprefix("../argosy/manifests/") for path in fields[key]]
    else:
        fields = {**ABOVE[area], **fields}
    rendered = str(render(kustomize(tmp_path, **fields)))
    for patch in fields.get("patches", []):
        for change in yaml.safe_load(patch["patch"]):
            assert str(change["value"]).strip("{}") in rendered
    for image in fields.get("images", []):
        assert (image.get("newName") or image["digest"]) in rendered
