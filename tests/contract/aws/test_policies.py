"""Each part may do what it does, and nothing else.

The calls that each part makes while its own tests run (``recording.py``) are compared with its
policy in the templates: here, or at the end of a session that runs those tests anyway.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.contract.aws.policies import (
    BESIDE_THE_TESTS,
    PARTS,
    allowed,
    by_part,
    missing,
    statements_of,
    unused,
)
from tests.contract.aws.recording import SUITES, compared_at_the_end
from tests.contract.aws.templates import ROOT, functions, listed, load, statements


@pytest.fixture(scope="session")
def recorded(request, tmp_path_factory):
    if compared_at_the_end(request.config):
        pytest.skip("all suites run in this session: it is compared at its end")
    return by_part(run_alone(tmp_path_factory.mktemp("recorded")))


def run_alone(folder):
    """The suites, in a session of their own: this one does not run them."""
    file = folder / "calls.json"
    command = [sys.executable, "-m", "pytest", "-q", *SUITES, f"--record-calls={file}"]
    done = subprocess.run(  # noqa: S603 - our own tests
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert file.exists(), done.stdout[-4000:]
    return json.loads(file.read_text())


@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_a_part_does_is_missing_in_its_policy(part, recorded):
    assert recorded[part], "nothing was recorded"

    assert missing(part, recorded[part]) == set()


@pytest.mark.parametrize("part", PARTS)
def test_nothing_in_the_policy_is_unused(part, recorded):
    assert unused(part, recorded[part]) == set()


@pytest.mark.parametrize("part", sorted(BESIDE_THE_TESTS))
def test_every_exception_is_still_in_the_policy(part):
    assert set(BESIDE_THE_TESTS[part]) <= allowed(part)


@pytest.mark.parametrize("part", PARTS)
def test_no_policy_has_a_wildcard(part):
    for statement in statements_of(part):
        for action in listed(statement["Action"]):
            assert "*" not in action
        assert "*" not in listed(statement["Resource"])


SECRETS = {"HILO_SECRET_ARN": "HiloSecret", "HILO_PEPPER_ARN": "PepperSecret"}


@pytest.mark.parametrize("part", sorted(functions()))
def test_a_function_may_read_the_secrets_that_it_is_told_of_and_no_other(part):
    shared = load("template.yaml")["Globals"]["Function"]["Environment"]["Variables"]
    told = shared | functions()[part]["Environment"]["Variables"]
    may = [
        resource
        for statement in statements_of(part)
        if statement["Action"] == ["secretsmanager:GetSecretValue"]
        for resource in statement["Resource"]
    ]

    assert may == [told[name] for name in SECRETS if name in told]


def test_the_connector_may_read_the_secret_that_it_is_told_of_and_no_other():
    may = [
        each["Resource"]
        for each in statements_of("connector")
        if each["Action"] == "secretsmanager:GetSecretValue"
    ]

    assert may == [{"Ref": "SecretArn"}]


def test_with_a_key_of_ones_own_every_part_may_read_and_whoever_rings_may_write():
    resources = load("template.yaml")["Resources"]
    roles = {each["Role"]["Fn::GetAtt"].partition(".")[0] for each in functions().values()}
    ringing = {
        role
        for role in roles
        for statement in statements(resources[role])
        if "sqs:SendMessage" in listed(statement["Action"])
    }

    may_read = resources["KeyPolicy"]["Properties"]["Roles"]
    may_ring = resources["RingingKeyPolicy"]["Properties"]["Roles"]

    assert {each["Ref"] for each in may_read} == roles
    assert {each["Ref"] for each in may_ring} == ringing
    for policy in (resources["KeyPolicy"], resources["RingingKeyPolicy"]):
        assert policy["Condition"] == "HasKey"
