"""The one build step that pyproject.toml cannot say: a wheel brings the page's runtime with it.

It is fetched from the npm registry, checked against a pinned SHA-256, and never committed. Where there is no connection
the wheel is built without it and says so; `make wheel` insists. An editable install leaves it to `deeppose page
--fetch`.
"""

import os
import sys
import warnings
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent / "src"))


class WithRuntime(build_py):
    """Fetch the runtime before the files are copied."""

    def run(self) -> None:
        """As `build_py`, and the runtime before it where a wheel is made."""
        from deeppose.errors import ConfigError
        from deeppose.serving import runtime

        if not self.editable_mode and runtime.missing():
            try:
                runtime.fetch()
            except ConfigError as error:
                if os.environ.get("DEEPPOSE_PAGE") == "required":
                    raise SystemExit(f"deeppose: {error}") from error
                warnings.warn(f"the wheel is built without the page's runtime: {error}", stacklevel=1)
            self.data_files = self._get_data_files()
        super().run()


setup(cmdclass={"build_py": WithRuntime})
