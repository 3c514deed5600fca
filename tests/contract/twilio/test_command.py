"""The stand-in as a command."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

ROOT = Path(__file__).parents[3]
GOOD = {"--account-sid": "AC" + "a" * 32, "--auth-token": "t", "--sender": "whatsapp:+14155238886"}


def command(options):
    words = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "infra.local.twilio", *words]


@pytest.mark.parametrize(
    "wrong",
    [
        {"--account-sid": "AC1"},
        {"--sender": "whatsapp:ana"},
        {"--api-key": "SK1"},
        {"--templates": "/nowhere.json", "--state-dir": "/nowhere"},
        {"--templates": "x.json"},
    ],
)
def test_wrong_options_end_with_status_2_before_anything_starts(wrong):
    done = subprocess.run(  # noqa: S603  # our own module, our own words
        command(GOOD | wrong), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert next(iter(wrong)) in done.stderr or "nowhere" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_even_while_somebody_waits(tmp_path, number):
    templates = tmp_path / "templates.json"
    templates.write_text(json.dumps([{"sid": "HX" + "0" * 32, "body": "Hola {{1}}"}]))
    options = GOOD | {"--state-dir": str(tmp_path), "--templates": str(templates)}
    with subprocess.Popen(  # noqa: S603  # as above
        command(options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        url = json.loads(process.stdout.readline())["listening"]
        with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as waiting:
            waiting.sendall(b"GET /_sim/changes?wait=50 HTTP/1.1\r\nHost: x\r\n\r\n")
            kept = httpx.get(f"{url}/_sim/templates", trust_env=False).json()["templates"]

            process.send_signal(number)

            rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert url.startswith("http://127.0.0.1:")
    assert [template["body"] for template in kept] == ["Hola {{1}}"]
