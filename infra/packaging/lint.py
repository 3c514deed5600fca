"""``make lint-aws``: what other tools say of the templates, the policies and the Dockerfile."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = ROOT / ".venv-lint" / "bin"
SAM: Final = ROOT / ".venv-sam" / "bin" / "sam"
TEMPLATES: Final = ("template.yaml", "infra/aws/connector.yaml")
_ACCOUNT: Final = "123456789012"
_ARNS: Final = {
    "dynamodb": f"arn:aws:dynamodb:eu-west-1:{_ACCOUNT}:table/hilo-table",
    "sqs": f"arn:aws:sqs:eu-west-1:{_ACCOUNT}:hilo-queue",
    "secretsmanager": f"arn:aws:secretsmanager:eu-west-1:{_ACCOUNT}:secret:hilo-settings-abcdef",
    "logs": f"arn:aws:logs:eu-west-1:{_ACCOUNT}:log-group:hilo:log-stream:x",
    "ecr": f"arn:aws:ecr:eu-west-1:{_ACCOUNT}:repository/hilo",
    "s3": "arn:aws:s3:::hilo-source/source.zip",
    "sns": f"arn:aws:sns:eu-west-1:{_ACCOUNT}:hilo-alarms",
    "kms": f"arn:aws:kms:eu-west-1:{_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}


def main() -> int:
    """Run all of them. The last line is JSON; returns the exit status."""
    results = {name: _quietly(command) for name, command in commands().items()}
    with tempfile.TemporaryDirectory() as folder:
        for name, policy in policies():
            file = Path(folder) / f"{name}.json"
            file.write_text(json.dumps(policy), encoding="utf-8")
        command = [str(TOOLS / "parliament"), "--directory", folder]
        results["parliament"] = _quietly(command)
    ok = all(results.values())
    sys.stdout.write(json.dumps({"ok": ok, "checks": results}) + "\n")
    return 0 if ok else 1


def commands() -> dict[str, list[str]]:
    """By name: what is run, in the project's folder."""
    checkov = [str(TOOLS / "checkov"), "--config-file", "infra/checkov.yaml", "--compact"]
    checkov += ["--quiet", "--skip-download", "--framework", "cloudformation", "dockerfile"]
    files = ["template.yaml", "connector/Dockerfile"]
    files += [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("infra/aws/*.yaml"))]
    return {
        "sam validate": [str(SAM), "validate", "--lint", "--region", "eu-west-1"],
        "checkov": [*checkov, *(word for each in files for word in ("--file", each))],
        "hadolint": [str(TOOLS / "hadolint"), "connector/Dockerfile"],
    }


def policies() -> Iterator[tuple[str, Any]]:
    """Every policy of a role, with an ARN of the right kind for each of its resources."""
    for template in TEMPLATES:
        for name, each in _load(ROOT / template)["Resources"].items():
            told = each.get("Properties", {})
            if each["Type"] == "AWS::IAM::Role":
                yield from ((name, _concrete(one["PolicyDocument"])) for one in told["Policies"])
            elif each["Type"] == "AWS::IAM::Policy":
                yield f"{Path(template).stem}-{name}", _concrete(told["PolicyDocument"])


def _concrete(document: Any) -> Any:  # noqa: ANN401 - a policy, as YAML
    for statement in document["Statement"]:
        actions = statement["Action"]
        service = (actions if isinstance(actions, str) else actions[0]).partition(":")[0]
        if statement["Resource"] != "*":
            statement["Resource"] = _arn(service, statement["Resource"])
    return document


def _arn(service: str, resource: Any) -> str:  # noqa: ANN401 - as above
    index = re.search(r"/index/\w+", str(resource))
    return _ARNS[service] + (index[0] if index else "")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as texts."""


def _load(path: Path) -> Any:  # noqa: ANN401 - a template
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> str:  # noqa: ARG001 - PyYAML's own signature
    return f"!{suffix} {node.value}"


_Loader.add_multi_constructor("!", _tag)


def _quietly(command: list[str]) -> bool:
    done = subprocess.run(  # noqa: S603 - linters, with our own words
        command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
    return not done.returncode


if __name__ == "__main__":
    sys.exit(main())
