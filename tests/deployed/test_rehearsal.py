"""The whole deployment, rehearsed: what `make deploy-local` runs (minutes, so not by default)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from infra.local.deployed.rehearsal import EMULATOR_HOME
from infra.local.deployed.sam import SAM
from infra.local.processes import ROOT

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not SAM.exists() or not EMULATOR_HOME.exists(), reason="`make deploy-local` installs sam"
    ),
]


def test_a_deployment_answers_people_and_goes_on_answering_through_the_next():
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli.deploy_local"],
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=1500,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])

    assert told["ok"], done.stdout
    assert done.returncode == 0
    assert [step["name"] for step in told["steps"]][-3:] == [
        "flow_by_the_schedule", "operator_signs_in_and_acts", "redeploy_in_mid_turn",
    ]  # fmt: skip
