"""The digest of the connector's base image: what is written down, and what a registry says."""

import json

import httpx
import pytest

from infra.packaging import base

OLD, NEW = (f"sha256:{digit * 64}" for digit in "ab")
TEXT = f"# why\nARG BASE=python:3.13.15-slim-trixie@{OLD}\n\nFROM ${{BASE}}\n"


def registry(architectures=("amd64", "arm64"), digest=NEW):
    def answer(request):
        if request.url.path == "/token":
            assert request.url.params["scope"] == "repository:library/python:pull"
            return httpx.Response(200, json={"token": "t"})
        assert request.headers["authorization"] == "Bearer t"
        assert "image.index" in request.headers["accept"]
        manifests = [{"platform": {"os": "linux", "architecture": each}} for each in architectures]
        headers = {"docker-content-digest": digest}
        return httpx.Response(200, json={"manifests": manifests}, headers=headers)

    return httpx.Client(transport=httpx.MockTransport(answer))


def asked(client, tag="3.13.15-slim-trixie"):
    return base.digest_of(tag, client, registry="https://r", tokens="https://r/token")


def test_our_own_dockerfile_names_version_and_digest():
    tag, digest = base.pinned(base.DOCKERFILE.read_text())

    assert tag.startswith("3.13.")
    assert len(digest) == len(NEW)


def test_the_digest_is_that_of_the_index_for_all_architectures():
    assert asked(registry()) == NEW


def test_an_image_that_lacks_an_architecture_is_refused():
    with pytest.raises(SystemExit, match="arm64"):
        asked(registry(architectures=("amd64",)))


def test_a_base_without_a_digest_is_refused():
    with pytest.raises(SystemExit, match="version and digest"):
        base.pinned("ARG BASE=python:3.13.15-slim-trixie\n")


def test_another_pin_changes_nothing_else():
    again = base.repinned(TEXT, "3.13.16-slim-trixie", NEW)

    assert again == TEXT.replace("3.13.15", "3.13.16").replace(OLD, NEW)


@pytest.mark.parametrize(("digest", "status", "written"), [(NEW, 1, OLD), (OLD, 0, OLD)])
def test_a_check_only_tells(tmp_path, capsys, digest, status, written):
    file = tmp_path / "Dockerfile"
    file.write_text(TEXT)
    command = ["--check", "--dockerfile", str(file)]

    assert base.main(command, connect=lambda: registry(digest=digest)) == status
    assert base.pinned(file.read_text())[1] == written
    assert json.loads(capsys.readouterr().out)["digest"] == digest


def test_without_a_check_the_digest_of_the_day_is_written_down(tmp_path):
    file = tmp_path / "Dockerfile"
    file.write_text(TEXT)

    assert base.main(["--dockerfile", str(file)], connect=registry) == 0
    assert base.pinned(file.read_text()) == ("3.13.15-slim-trixie", NEW)
