"""The local stack as a whole, with stand-ins for the functions."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import boto3
import httpx
import pytest

from conversation.errors import MisconfiguredError, Permanent
from infra.local.children import gateway
from infra.local.emulator import CREDENTIALS, REGION
from infra.local.processes import ROOT, ChildSpec
from infra.local.settings import given
from infra.local.stack import LocalStack, StackOptions

ELSEWHERE = {"ELEVENLABS_API_URL": "http://127.0.0.1:9", "TWILIO_API_URL": "http://127.0.0.1:9"}
"""No simulator starts for a provider that is somewhere else."""

FUNCTIONS = {
    "twilio_webhook": """
        import os
        def handler(event, context):
            return {"statusCode": 200, "body": os.environ["OUTBOX_QUEUE_URL"]}
    """,
    "delivery_status": """
        def handler(event, context):
            raise ValueError("a text of a person")
    """,
    "reply_sender": """
        def handler(event, context):
            names = [record["body"] for record in event["Records"]]
            with open(WITNESS, "a") as file:
                for record in event["Records"]:
                    file.write(record["attributes"]["MessageGroupId"] + record["body"] + " ")
            failed = [r["messageId"] for r in event["Records"] if r["body"] == "fails"]
            return {"batchItemFailures": [{"itemIdentifier": i} for i in failed]}
    """,
    "batch_monitor": """
        def handler(event, context):
            with open(WITNESS + ".ticks", "a") as file:
                file.write(event["detail-type"] + "|")
    """,
}


@pytest.fixture
def stand_ins(tmp_path):
    """A folder with functions of our own, found before the real ones."""
    witness = tmp_path / "witness"
    for name, code in FUNCTIONS.items():
        folder = tmp_path / "code" / "functions" / name
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").touch()
        lines = [line[8:] for line in code.splitlines()]
        (folder / "handler.py").write_text("\n".join([f"WITNESS = {str(witness)!r}", *lines]))
    return tmp_path / "code", witness


def with_stand_ins(code, site):
    """The gateway, with the functions in ``code`` in front of the project's own."""
    (spec,) = gateway(site)
    start = f"import sys, runpy; sys.path.insert(0, {str(code)!r}); import functions; "
    start += "sys.argv[0] = 'gateway'; runpy.run_module('infra.local.gateway', run_name='__main__')"
    command = (sys.executable, "-c", start, *spec.command[3:])
    return [ChildSpec(spec.name, command, spec.environment)]


def a_stack(home, data, values=None, hilo=(), **options):
    told = StackOptions(data=data, emulator_home=home, hilo=hilo, **options)
    return LocalStack(ELSEWHERE | (values or {}), told, report=lambda _: None)


def until(condition, within_s=20):
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def sqs(stack):
    return boto3.client(
        "sqs",
        endpoint_url=stack.urls["aws"],
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def ring(stack, body, group):
    sqs(stack).send_message(
        QueueUrl=stack.environment["OUTBOX_QUEUE_URL"],
        MessageBody=body,
        MessageGroupId=group,
        MessageDeduplicationId=f"{group}{body}",
    )


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_events_reach_the_functions(emulator_home, tmp_path, stand_ins):
    code, witness = stand_ins
    values = {"MONITOR_EVERY_S": "0.2", "SWEEP_EVERY_S": "3600"}

    with a_stack(
        emulator_home, tmp_path / "data", values, hilo=[partial(with_stand_ins, code)]
    ) as stack:
        url = stack.urls["gateway"]
        answer = httpx.post(f"{url}/twilio/whatsapp", data={"Body": "hola"})
        broken = httpx.post(f"{url}/twilio/status", data={"Body": "hola"})
        for n, group in enumerate("ababab"):
            ring(stack, str(n), group)
        ring(stack, "fails", "c")
        until(lambda: witness.exists() and len(witness.read_text().split()) >= 7)
        until(lambda: "|" in (witness.parent / "witness.ticks").read_text())
        until(lambda: counted(stack, "ApproximateNumberOfMessages") == "0")
        waiting = counted(stack, "ApproximateNumberOfMessagesNotVisible")
        pids = stack.pids()

    assert waiting == "1", "what failed is still there, and comes again by its time-out"
    assert (answer.status_code, answer.text) == (200, stack.environment["OUTBOX_QUEUE_URL"])
    assert (broken.status_code, broken.json()) == (500, {"message": "Internal Server Error"})
    seen = witness.read_text().split()
    assert [name for name in seen if name[0] == "a"] == ["a0", "a2", "a4"]
    assert [name for name in seen if name[0] == "b"] == ["b1", "b3", "b5"]
    assert not any(is_alive(pid) for pid in pids.values())
    lines = [json.loads(x) for x in (stack.data.logs / "gateway.jsonl").read_text().splitlines()]
    failure = next(line for line in lines if line.get("error") == "ValueError")
    assert (failure["event"], failure["function"]) == ("handler_failed", "delivery_status")
    assert "a text of a person" not in json.dumps(lines)


def test_stacks_run_side_by_side_but_not_in_one_folder(emulator_home, tmp_path):
    with (
        a_stack(emulator_home, tmp_path / "one") as one,
        a_stack(emulator_home, tmp_path / "two") as two,
    ):
        assert one.urls["aws"] != two.urls["aws"]
        assert one.environment["HILO_PEPPER"] != two.environment["HILO_PEPPER"]
        assert one.data.read_running().urls == one.urls

    assert one.data.read_running() is None


def test_fresh_forgets_what_was_stored(emulator_home, tmp_path):
    with a_stack(emulator_home, tmp_path) as first:
        ring(first, "kept", "g")
    with a_stack(emulator_home, tmp_path) as second:
        count = counted(second, "ApproximateNumberOfMessages")
    with a_stack(emulator_home, tmp_path, fresh=True) as third:
        assert (count, counted(third, "ApproximateNumberOfMessages")) == ("1", "0")
        assert third.environment["HILO_PEPPER"] != first.environment["HILO_PEPPER"]
    assert first.environment["HILO_PEPPER"] == second.environment["HILO_PEPPER"]


def counted(stack, attribute):
    url = stack.environment["OUTBOX_QUEUE_URL"]
    answer = sqs(stack).get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])
    return answer["Attributes"][attribute]


def test_wrong_settings_are_told_before_anything_starts(emulator_home, tmp_path):
    with (
        pytest.raises(MisconfiguredError, match="CONNECTORS"),
        a_stack(emulator_home, tmp_path, {"CONNECTORS": "many"}),
    ):
        pytest.fail("it started")

    assert not (tmp_path / "logs").exists()


def test_what_was_started_is_stopped_when_a_later_process_dies(emulator_home, tmp_path):
    dies = ChildSpec("dies", (sys.executable, "-c", "raise SystemExit('no luck')"), {})
    seen = []

    with (
        pytest.raises(Permanent, match="no luck"),
        a_stack(emulator_home, tmp_path, hilo=[lambda site: seen.append(site) or [dies]]),
    ):
        pytest.fail("it started")

    with pytest.raises(httpx.ConnectError):
        httpx.get(seen[0].urls["aws"])


UP = """
import sys
from infra.cli import up
from infra.local import stack
up.StackOptions = lambda **given: stack.StackOptions(**given, hilo=())
sys.argv = ["hilo", "up", "--data", sys.argv[1], "--env", sys.argv[1] + "/none"]
from infra.cli.__main__ import main
main()
"""


def test_hilo_up_prints_what_runs_and_leaves_nothing_after_ctrl_c(emulator_home, tmp_path):
    assert emulator_home
    environment = given(tmp_path / "none") | ELSEWHERE
    with subprocess.Popen(  # noqa: S603 - the script above
        [sys.executable, "-c", UP, str(tmp_path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        until((tmp_path / "running.json").exists)
        process.send_signal(signal.SIGINT)
        ended = threading.Timer(30, process.kill)
        ended.start()
        rest = process.stdout.read()
        ended.cancel()

    printed = "".join(lines)
    assert process.returncode == 0
    assert "http://127.0.0.1:" in printed
    assert str(tmp_path / "logs") in printed
    assert "Nothing is left running" in rest
    assert not (tmp_path / "running.json").exists()
