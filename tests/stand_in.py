"""Twilio's stand-in as a process of its own, for tests that send."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.webhooks import ACCOUNT_SID, AUTH_TOKEN, SENDER

ROOT = Path(__file__).parents[1]


class StandIn:
    """The process, and its control API."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "infra.local.twilio", "--port", "0", "--pace", "0"]
        command += ["--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN, "--sender", SENDER]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own words
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["listening"]
        self._http = httpx.Client(base_url=f"{self.url}/_sim", trust_env=False, timeout=10)

    def close(self) -> None:
        """End it."""
        self._http.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def post(self, path: str, **document: Any) -> Any:
        """Tell it something."""
        return self._http.post(path, json=document).raise_for_status().json()

    def faults(self, *faults: dict[str, Any]) -> None:
        """Switch faults on."""
        self.post("/faults", faults=list(faults), seed=1)

    def say(self, number: str, body: str) -> str:
        """A person writes; the sid."""
        return str(self.post(f"/people/{number}/say", body=body)["sid"])

    def sent(self) -> list[dict[str, Any]]:
        """The forms of all POSTs for messages, whatever became of them."""
        log = self._http.get("/log").raise_for_status().json()["requests"]
        return [
            each["form"]
            for each in log
            if each["method"] == "POST" and each["path"].endswith("/Messages.json")
        ]

    def typed(self) -> list[str]:
        """The sids for which typing was shown."""
        log = self._http.get("/log").raise_for_status().json()["requests"]
        return [each["form"]["messageId"] for each in log if "Typing" in each["path"]]

    def chat(self, number: str) -> list[str]:
        """What a person reads of ours, in order."""
        answer = self._http.get(f"/people/{number}/messages?all=1").raise_for_status()
        messages = answer.json()["messages"]
        return [each["body"] for each in messages if not each["mine"]]
