"""``make connector-base``: the base image's digest of this day, asked of its registry.

A version is a name that may mean another image tomorrow; a digest is the image. This writes into
``connector/Dockerfile`` what the registry says the version is now.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DOCKERFILE: Final = Path(__file__).parents[2] / "connector" / "Dockerfile"
REGISTRY: Final = "https://registry-1.docker.io"
TOKENS: Final = "https://auth.docker.io/token"
IMAGE: Final = "library/python"
PLATFORMS: Final = frozenset({("linux", "amd64"), ("linux", "arm64")})
"""What an image must be there for: either may be the task's architecture."""

_INDEX: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_PINNED: Final = re.compile(
    r"^ARG BASE=python:(?P<tag>[\w.-]+)@(?P<digest>sha256:[0-9a-f]{64})$", re.MULTILINE
)


def _connected() -> httpx.Client:
    return httpx.Client(timeout=30, follow_redirects=True)


def main(
    arguments: Sequence[str] | None = None, connect: Callable[[], httpx.Client] = _connected
) -> int:
    """Write the digest down. Returns the exit status; 1 where ``--check`` finds another."""
    asked = _parser().parse_args(arguments)
    text = asked.dockerfile.read_text(encoding="utf-8")
    tag, known = pinned(text)
    tag = asked.tag or tag
    with connect() as client:
        now = digest_of(tag, client, registry=asked.registry, tokens=asked.tokens)
    same = (tag, known) == (pinned(text)[0], now)
    if not asked.check:
        asked.dockerfile.write_text(repinned(text, tag, now), encoding="utf-8")
    sys.stdout.write(json.dumps({"tag": tag, "digest": now, "pinned": known, "same": same}) + "\n")
    return 1 if asked.check and not same else 0


def pinned(text: str) -> tuple[str, str]:
    """The version and the digest that a Dockerfile names. Raises ``SystemExit`` without them."""
    found = _PINNED.search(text)
    if found is None:
        raise SystemExit("connector/Dockerfile does not name its base by version and digest")
    return found["tag"], found["digest"]


def repinned(text: str, tag: str, digest: str) -> str:
    """The Dockerfile with another base."""
    return _PINNED.sub(f"ARG BASE=python:{tag}@{digest}", text)


def digest_of(tag: str, client: httpx.Client, *, registry: str, tokens: str) -> str:
    """The digest of the index behind ``tag``. Raises ``SystemExit`` where it is not whole."""
    scope = f"repository:{IMAGE}:pull"
    token = client.get(tokens, params={"service": "registry.docker.io", "scope": scope})
    headers = {
        "Authorization": f"Bearer {token.raise_for_status().json()['token']}",
        "Accept": ", ".join(_INDEX),
    }
    answer = client.get(f"{registry}/v2/{IMAGE}/manifests/{tag}", headers=headers)
    missing = PLATFORMS - _platforms(answer.raise_for_status().json())
    if missing:
        raise SystemExit(f"python:{tag} is not there for {sorted(missing)}")
    return str(answer.headers["docker-content-digest"])


def _platforms(index: dict[str, Any]) -> set[tuple[str, str]]:
    found = [each.get("platform", {}) for each in index.get("manifests", [])]
    return {(each.get("os", ""), each.get("architecture", "")) for each in found}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make connector-base ARGS=…")
    parser.add_argument("--tag", help="another version, such as 3.13.16-slim-trixie")
    parser.add_argument("--check", action="store_true", help="change nothing; 1: it has moved")
    parser.add_argument("--dockerfile", type=Path, default=DOCKERFILE, help=argparse.SUPPRESS)
    parser.add_argument("--registry", default=REGISTRY, help=argparse.SUPPRESS)
    parser.add_argument("--tokens", default=TOKENS, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
