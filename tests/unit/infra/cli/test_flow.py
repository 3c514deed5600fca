"""The command `hilo flow`: what it prints, and how it ends."""

import json
import sys

import pytest

from infra.cli import __main__ as cli
from infra.cli.flow import introduction, lines_of
from infra.local import stack
from infra.local.flow.ports import StepFailedError
from infra.local.flow.run import Outcome
from infra.local.flow.steps import STEPS
from tests.unit.infra.local.flow.world import a_plan


@pytest.fixture
def hilo(monkeypatch, tmp_path, capsys):
    """Runs the command in this process, where nothing may start; its status, lines and errors."""

    def refuse(*_):
        pytest.fail("it started")

    monkeypatch.setattr(stack.LocalStack, "__enter__", refuse)
    for name in ("ELEVENLABS_API_KEY", "ELEVENLABS_API_URL", "TWILIO_API_URL", "DEFAULT_AGENT_ID"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, env=""):
        settings = tmp_path / ".env"
        settings.write_text(env)
        monkeypatch.setattr(sys, "argv", ["hilo", "flow", *arguments, "--env", str(settings)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        return caught.value.code, said.out.splitlines(), said.err

    return run


def test_a_real_call_without_what_it_needs_ends_with_status_2_before_anything_starts(hilo):
    status, lines, errors = hilo(env="ELEVENLABS_API_KEY=key\nDEFAULT_AGENT_ID=agent_1\n")

    assert status == 2
    for name in ("ELEVENLABS_PHONE_NUMBER_ID", "--to"):
        assert name in errors
        assert name in json.loads(lines[-1])["faults"][0]
    assert json.loads(lines[-1])["ok"] is False


def test_half_of_twilios_pair_ends_with_status_2(hilo):
    status, _, errors = hilo(env=f"TWILIO_ACCOUNT_SID=AC{'0' * 32}\n")

    assert status == 2
    assert "TWILIO_ACCOUNT_SID" in errors


def test_an_unknown_dialect_is_refused(hilo):
    assert hilo("--dialect", "esperanto")[0] == 2


def test_there_must_be_a_stack_to_attach_to(hilo, tmp_path):
    status, lines, errors = hilo("--attach", "--data", str(tmp_path))

    assert status == 1
    assert "make up" in errors
    assert json.loads(lines[-1]) == {"ok": False, "steps": [], "error": errors.strip()}


def test_a_step_is_one_line_with_its_time_and_ids():
    ids = {"conversation_id": "conv_1", "message_sids": ["SM1", "SM2"], "text": "uno [dos]"}

    first, second = lines_of(5, Outcome(STEPS[4], 1234, ids))

    assert "1.2 s" in first
    assert "conversation_id conv_1  message_sids SM1, SM2" in first
    assert "«uno \\[dos]»" in second


def test_a_failed_step_says_what_was_expected_what_was_seen_and_where_to_look():
    failure = StepFailedError(expected="an answer", seen="none", look_in="/logs/x.jsonl")

    told = "\n".join(lines_of(5, Outcome(STEPS[4], 10, failure=failure)))

    assert "FAIL" in told
    assert "expected: an answer" in told
    assert "seen:     none" in told
    assert "look in:  /logs/x.jsonl" in told


def test_people_are_told_what_they_will_have_to_do():
    simulated = " ".join(introduction(a_plan()))
    real = " ".join(introduction(a_plan(calls_people=True, writes_to_people=True)))

    assert "simulated" in simulated
    assert "phone will ring" in real
    assert "WhatsApp" in real
