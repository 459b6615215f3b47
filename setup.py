"""Ships each component's compiled spec inside the wheel; everything else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithSpecs(build_py):
    """Copies `components/<name>/component.yaml` to `argosy/component_specs/<name>.yaml`."""

    def run(self) -> None:
        """Builds the Python files, then adds the specs."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "argosy" / "component_specs"
        target.mkdir(parents=True, exist_ok=True)
        for spec in Path(__file__).parent.glob("components/*/component.yaml"):
            shutil.copyfile(spec, target / f"{spec.parent.name}.yaml")


setup(cmdclass={"build_py": BuildWithSpecs})
