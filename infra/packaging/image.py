"""``make connector-image``: the connector's image, built and pushed.

By docker, finch or podman where one runs; otherwise the stack's own CodeBuild project builds it.
Credentials and region are those of the AWS command line.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import subprocess
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOURCE: Final = Path(__file__).parents[2]
ENGINES: Final = ("docker", "finch", "podman")
_CONTEXT: Final = ("connector", "conversation")
_PLATFORMS: Final = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}
_EVERY_S: Final = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and push. Returns the exit status."""
    asked = _parser().parse_args(arguments)
    session = boto3.Session()
    outputs = outputs_of(session, asked.stack)
    tag = asked.tag or _commit()
    engine = None if asked.codebuild else running_engine()
    if engine:
        push(engine, outputs["ConnectorRepository"], tag, asked.architecture, asked.base, session)
    else:
        _say("no docker, finch or podman runs here: the stack's CodeBuild project builds it")
        let_build(session, outputs, tag)
    told = f"ConnectorImageTag={tag} ConnectorDesiredCount=1"
    _say(f"pushed. Now: sam deploy --parameter-overrides {told}")
    return 0


def outputs_of(session: Any, stack: str) -> dict[str, str]:  # noqa: ANN401 - a session of boto3's
    """The outputs of the deployed stack."""
    found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}


def running_engine() -> str | None:
    """The first engine that is installed and answers."""
    for engine in ENGINES:
        if shutil.which(engine) and not _run(engine, "info", quietly=True):
            return engine
    return None


def push(
    engine: str,
    repository: str,
    tag: str,
    architecture: str,
    base: str | None,
    session: Any,  # noqa: ANN401 - a session of boto3's
) -> None:
    """Build here. Raises ``CalledProcessError``."""
    image = f"{repository}:{tag}"
    options = [f"--platform={_PLATFORMS[architecture]}", "--file=connector/Dockerfile"]
    options += [f"--build-arg=BASE={base}"] if base else []
    _must(engine, "build", *options, f"--tag={image}", ".")
    registry = repository.partition("/")[0]
    password = session.client("ecr").get_authorization_token()["authorizationData"][0]
    _sign_in(engine, registry, password["authorizationToken"])
    _must(engine, "push", image)


def let_build(session: Any, outputs: dict[str, str], tag: str) -> None:  # noqa: ANN401 - as above
    """Have CodeBuild build, and wait. Raises ``SystemExit`` where it fails."""
    bucket, project = outputs["ConnectorBuildSource"], outputs["ConnectorBuild"]
    session.client("s3").put_object(Bucket=bucket, Key="source.zip", Body=zipped(context()))
    builder = session.client("codebuild")
    told = [{"name": "TAG", "value": tag, "type": "PLAINTEXT"}]
    build = builder.start_build(projectName=project, environmentVariablesOverride=told)["build"]
    while build["buildStatus"] == "IN_PROGRESS":
        time.sleep(_EVERY_S)
        (build,) = builder.batch_get_builds(ids=[build["id"]])["builds"]
    if build["buildStatus"] != "SUCCEEDED":
        log = build.get("logs", {}).get("deepLink")
        raise SystemExit(f"the build is {build['buildStatus']}: {log}")


def context() -> list[Path]:
    """The files that the image is made of."""
    files = (path for folder in _CONTEXT for path in (SOURCE / folder).rglob("*"))
    kept = (path for path in files if path.is_file() and "__pycache__" not in path.parts)
    return [*sorted(kept), SOURCE / ".dockerignore"]


def zipped(files: Iterable[Path]) -> bytes:
    """The files in a zip, by their paths in the project."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(SOURCE))
    return buffer.getvalue()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make connector-image ARGS=…")
    parser.add_argument("--stack", default="hilo")
    parser.add_argument("--tag", help="default: the commit")
    parser.add_argument("--architecture", default="arm64", choices=sorted(_PLATFORMS))
    parser.add_argument("--base", help="another base image, such as one pinned by its digest")
    parser.add_argument("--codebuild", action="store_true", help="even where an engine runs")
    return parser


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607 - the developer's own git
        check=True, capture_output=True, text=True, cwd=SOURCE,
    )  # fmt: skip
    return told.stdout.strip()


def _sign_in(engine: str, registry: str, token: str) -> None:
    # ECR's token is user and password in base64; the password must not be seen in a process list.
    _, _, password = base64.b64decode(token).decode().partition(":")
    command = [engine, "login", "--username=AWS", "--password-stdin", registry]
    subprocess.run(command, input=password, text=True, check=True)  # noqa: S603 - an engine


def _must(*command: str) -> None:
    subprocess.run(command, check=True, cwd=SOURCE)  # noqa: S603 - an engine, with our own words


def _run(*command: str, quietly: bool) -> int:
    return subprocess.run(command, check=False, capture_output=quietly).returncode  # noqa: S603 - an engine


def _say(line: str) -> None:
    sys.stdout.write(f"  {line}\n")


if __name__ == "__main__":
    sys.exit(main())
