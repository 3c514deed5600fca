"""AWS SAM's own command, told to deploy to this machine."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

from conversation.errors import Permanent
from infra.local.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SAM: Final = ROOT / ".venv-sam" / "bin" / "sam"
STACK: Final = "hilo"
_LAST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Sam:
    """``sam`` with a folder for what it builds. ``python`` runs the packages: it compiles them."""

    build_dir: Path
    log: Path
    environment: Mapping[str, str]
    python: Path

    def build(self) -> None:
        """``sam build`` for this machine. Raises ``Permanent`` with the last lines it said."""
        self._run("build", "--build-dir", str(self.build_dir))

    def deploy(self, parameters: Mapping[str, str]) -> None:
        """``sam deploy`` of what was built; all but ``parameters`` as the template says."""
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        self._run(
            "deploy",
            "--template-file",
            str(self.build_dir / "template.yaml"),
            "--stack-name",
            STACK,
            "--no-confirm-changeset",
            *(["--parameter-overrides", *overrides] if overrides else []),
        )

    def leave_out(self, resource: str) -> None:
        """Take a resource out of the built template: the next deployment removes it."""
        template = self._template()
        del template["Resources"][resource]
        self._write(template)

    def give_memory(self, megabytes: int) -> None:
        """Change every function in the built template."""
        template = self._template()
        template["Globals"]["Function"]["MemorySize"] = megabytes
        self._write(template)

    def _template(self) -> dict[str, Any]:
        told = (self.build_dir / "template.yaml").read_text(encoding="utf-8")
        return cast("dict[str, Any]", yaml.safe_load(told))

    def _write(self, template: dict[str, Any]) -> None:
        written = yaml.safe_dump(template, sort_keys=False)
        (self.build_dir / "template.yaml").write_text(written, encoding="utf-8")

    def _run(self, command: str, *options: str) -> None:
        if not SAM.exists():
            raise Permanent(f"{SAM} is missing: `make deploy-local` installs it", reason="no_sam")
        done = subprocess.run(  # noqa: S603 - sam, with our own words
            [SAM, command, "--config-file", ROOT / "samconfig.toml", *options],
            env={**self.environment, **self._packaging()},
            cwd=ROOT,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ sam {command} {json.dumps(options)}\n{done.stdout}\n")
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-_LAST:])
            raise Permanent(f"sam {command} failed. It said last:\n{tail}", reason="sam_failed")

    def _packaging(self) -> dict[str, str]:
        return {
            "PACKAGE_PLATFORM": "host",
            "PYTHON": str(self.python),
            "SAM_CLI_TELEMETRY": "0",
            "PATH": f"{self.python.parent}:/usr/local/bin:/usr/bin:/bin",
        }
