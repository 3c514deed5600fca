"""How the runner and a client's process talk: one line of JSON each way."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATH = "/v1/convai/conversation"


@dataclass(frozen=True)
class Order:
    """What a client is started with."""

    client: str
    urls: tuple[str, ...]
    ca: str
    parallel: int
    resume: bool = True

    def url(self, index: int) -> str:
        """An agent at the address whose turn it is, and who is asking."""
        number = index % len(self.urls)
        return f"{self.urls[number]}{PATH}?agent_id=agent_{number}&client={self.client}"


def order() -> Order:
    """From the command line."""
    given = json.loads(sys.argv[1])
    return Order(**{**given, "urls": tuple(given["urls"])})


class Wire:
    """The client's end. What libraries print goes elsewhere."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w")
        with Path(os.devnull).open("w", encoding="ascii") as nothing:
            os.dup2(nothing.fileno(), 1)

    def say(self, event: str, **known: Any) -> None:
        """Tell the runner."""
        self._out.write(json.dumps({"event": event, **known}) + "\n")
        self._out.flush()

    @staticmethod
    def command() -> dict[str, Any]:
        """The next command; blocks. The end of the input is a command to quit."""
        line = sys.stdin.readline()
        return json.loads(line) if line else {"do": "quit"}
