"""How long a webhook takes from the start of its process to its first 200.

``python -m tests.bench.cold`` starts fresh processes in turn, one that runs the webhook's own
handler and one that makes the same two calls to AWS with bare botocore, both against one stub on
loopback. The last line is one JSON object: the medians and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.cold.request import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, SENDER, signed_event
from tests.bench.cold.stub import Stub

ROOT = Path(__file__).parents[3]
SIDES = ("webhook", "baseline")
LEAST_RUNS = 7


def main() -> int:
    """Measure, and print."""
    options = _options()
    measured: dict[str, list[float]] = {side: [] for side in SIDES}
    with Stub() as stub:
        environment = _environment(stub.url)
        for side in SIDES:  # compiles what is not compiled yet, and warms the disk's cache
            _run(side, environment)
        for number in range(options.runs):
            for side in SIDES:
                measured[side].append(_run(side, environment))
            last = ", ".join(f"{side} {measured[side][-1]:.0f} ms" for side in SIDES)
            _say(f"run {number + 1}: {last}")
        calls = sorted(stub.calls)
    expected = ["AmazonSQS.SendMessage", "DynamoDB_20120810.TransactWriteItems"]
    if calls != sorted(expected * (options.runs + 1) * len(SIDES)):
        raise SystemExit("the two sides did not make the same calls")
    webhook, baseline = (statistics.median(measured[side]) for side in SIDES)
    ratio = round(webhook / baseline, 3)
    result = {"webhook_ms": round(webhook, 1), "baseline_ms": round(baseline, 1), "ratio": ratio}
    _say(json.dumps(result))
    return 0 if options.at_most is None or ratio <= options.at_most else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cold", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="fresh processes of each side")
    parser.add_argument("--at-most", type=float, help="fail where the ratio is higher")
    options = parser.parse_args()
    if options.runs < LEAST_RUNS:
        parser.error(f"a median of fewer than {LEAST_RUNS} runs says nothing")
    return options


def _environment(stub_url: str) -> dict[str, str]:
    inbox = ",".join(f"{stub_url}/123456789012/hilo-inbox-{n}" for n in range(4))
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": stub_url,
        "INBOX_QUEUE_URLS": inbox,
        "OUTBOX_QUEUE_URL": f"{stub_url}/123456789012/hilo-outbox.fifo",
        "HILO_PEPPER": "a pepper for measuring",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_WHATSAPP_NUMBER": SENDER,
        "PUBLIC_BASE_URL": BASE_URL,
    }


def _run(side: str, environment: dict[str, str]) -> float:
    """Milliseconds from the start of a fresh process to the ``200`` that it prints."""
    event = json.dumps(signed_event())
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", f"tests.bench.cold.{side}"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(event)
        process.stdin.close()
        answered = any(line == "200\n" for line in process.stdout)
        took_ms = (time.perf_counter() - started) * 1000
        process.stdout.read()
    if not answered or process.returncode:
        raise SystemExit(f"the process of the {side} failed")
    return took_ms


if __name__ == "__main__":
    sys.exit(main())
