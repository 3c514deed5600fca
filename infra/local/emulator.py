"""The AWS of this machine: ministack, as a child process with an environment of its own.

It keeps everything in memory and writes it down when it is asked to end (SIGTERM), so that its
data survives a restart but not a power cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conversation.errors import Permanent
from infra.local.ports import free_port
from infra.local.processes import AnswersAt, ChildSpec

if TYPE_CHECKING:
    from pathlib import Path

REGION: Final = "us-east-1"
CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
"""Not secret: the emulator takes any."""


def emulator(*, home: Path, data: Path, environment: dict[str, str]) -> ChildSpec:
    """The child that is AWS. ``home`` is the virtual environment that holds ministack.

    Raises ``Permanent`` if it is not installed there.
    """
    program = home / "bin" / "ministack"
    if not program.exists():
        raise Permanent(
            f"the local AWS is not installed in {home}: `make up` installs it", reason="no_emulator"
        )
    port = free_port()
    return ChildSpec(
        name="aws",
        command=(str(program),),
        environment=environment | _settings(port, data),
        # Not /health, which it answers before it has loaded what it kept.
        ready=AnswersAt(f"http://127.0.0.1:{port}", "/_ministack/ready"),
    )


def _settings(port: int, data: Path) -> dict[str, str]:
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data),
        "S3_DATA_DIR": str(data / "s3"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
    }
