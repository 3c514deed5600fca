"""The templates, deployed to the emulator without their code: what the rehearsal cannot choose."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3
import pytest

from infra.local.deployed.account import Account
from infra.local.deployed.rehearsal import EMULATOR_HOME
from infra.local.deployed.sam import SAM, Sam
from infra.local.emulator import CREDENTIALS, REGION, emulator
from infra.local.processes import ROOT, Supervisor
from infra.local.settings import bystander_environment

KEY = f"arn:aws:kms:{REGION}:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not SAM.exists() or not EMULATOR_HOME.exists(), reason="`make deploy-local` installs sam"
    ),
]


@pytest.fixture
def sam(tmp_path):
    """`sam` before the built template, whose functions have a line of code each."""
    code, build = tmp_path / "code", tmp_path / "build"
    code.mkdir()
    build.mkdir()
    (code / "nothing.py").write_text("")
    template = (ROOT / "template.yaml").read_text()
    assert "CodeUri: .\n" in template
    template = template.replace("CodeUri: .\n", f"CodeUri: {code}\n")
    template = template.replace("TemplateURL: infra/", f"TemplateURL: {ROOT}/infra/")
    (build / "template.yaml").write_text(template)
    aws = bystander_environment({}) | {"AUTH": "true"}
    with Supervisor(logs=tmp_path / "logs") as supervisor:
        url = supervisor.start(emulator(home=EMULATOR_HOME, data=tmp_path / "aws", environment=aws))
        yield Sam(
            build_dir=build,
            log=tmp_path / "logs" / "sam.log",
            environment=bystander_environment({}) | {"AWS_ENDPOINT_URL": url},
            python=Path(sys.executable),
        )


def client(sam, service):
    url = sam.environment["AWS_ENDPOINT_URL"]
    secret = {name.lower(): value for name, value in CREDENTIALS.items()}
    return boto3.client(service, endpoint_url=url, region_name=REGION, **secret)


def test_with_a_key_of_ones_own_the_stack_is_made_and_every_role_may_use_it(sam):
    sam.deploy({"KmsKeyArn": KEY})

    secret = Account(sam.environment["AWS_ENDPOINT_URL"]).outputs()["SecretArn"]
    described = client(sam, "secretsmanager").describe_secret(SecretId=secret)
    iam = client(sam, "iam")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    keyed = [
        name for name in roles if "key" in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]

    assert described["KmsKeyId"] == KEY
    assert {name.split("-")[1] for name in keyed} >= {"TwilioWebhookRole", "PanelRole", "Connector"}
