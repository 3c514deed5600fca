"""``sam local invoke``: the built function in AWS's own image, where containers can run.

A container is told only what its template names, so that a template of the functions alone is
made of the built one, in which each names our settings.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from conversation.errors import Permanent
from conversation.settings import variables_of
from infra.local.data import write_private
from infra.local.settings import EverySetting

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILT: Final = Path(".aws-sam/build/template.yaml")
ENGINES: Final = ("docker", "finch")
ENGINE_PATIENCE_S: Final = 10
FUNCTION: Final = "AWS::Serverless::Function"
_SECRETS: Final = ("HILO_SECRET_ARN", "HILO_PEPPER_ARN")


@dataclass(frozen=True, slots=True)
class Sam:
    """The command, in a project's folder."""

    program: str
    root: Path

    def command(
        self, function: str, event: Path, values: Mapping[str, str], folder: Path
    ) -> list[str]:
        """What to run. Writes the template that it names into ``folder``; it holds secrets.

        Raises ``Permanent`` where nothing was built.
        """
        built = self.root / BUILT
        if not built.is_file():
            raise Permanent("nothing is built: run `sam build` first", reason="not_built")
        document = yaml.safe_load(built.read_text(encoding="utf-8"))
        template = folder / "template.yaml"
        # JSON is YAML, and nothing in it can be taken for anything else.
        write_private(template, json.dumps(told(document, values, built.parent), default=str))
        return [
            self.program, "local", "invoke", logical_id(function), "--template", str(template),
            "--event", str(event), "--docker-network", "host",
            "--region", values.get("AWS_REGION", "us-east-1"),
        ]  # fmt: skip


def found(root: Path) -> Sam | None:
    """SAM's command, if it is installed and a container engine answers."""
    program = shutil.which("sam") or shutil.which("sam", path=str(root / ".venv-sam" / "bin"))
    if program is None or not any(map(_answers, ENGINES)):
        return None
    return Sam(program, root)


def logical_id(function: str) -> str:
    """The function's name in ``template.yaml``."""
    return "".join(word.capitalize() for word in function.split("_")) + "Function"


def told(template: dict[str, Any], values: Mapping[str, str], built: Path) -> dict[str, Any]:
    """The functions of ``template``, each with our settings; their code is below ``built``."""
    known = {variable.name for variable in variables_of(EverySetting)} - {"AWS_REGION"}
    ours = {name: values[name] for name in sorted(known) if values.get(name)}
    # Without a secret of one's own there is none: a name from the template would be asked for.
    ours |= {name: values.get(name, "") for name in _SECRETS}
    functions = {
        name: _told(each, ours, built)
        for name, each in template["Resources"].items()
        if each["Type"] == FUNCTION
    }
    return {**template, "Resources": functions, "Outputs": {}}


def _told(resource: dict[str, Any], ours: Mapping[str, str], built: Path) -> dict[str, Any]:
    given = resource["Properties"]
    properties = {name: given[name] for name in ("Handler", "Timeout") if name in given}
    properties["CodeUri"] = str((built / given["CodeUri"]).resolve())
    properties["Environment"] = {"Variables": dict(ours)}
    return {"Type": FUNCTION, "Properties": properties}


def _answers(engine: str) -> bool:
    program = shutil.which(engine)
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 - a command that was looked up by its fixed name
            [program, "info"], capture_output=True, timeout=ENGINE_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
