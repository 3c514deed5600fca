"""``python -m infra.local.gateway.once FUNCTION EVENT.json``: one invocation, then the end.

Prints ``{"ok": true, "result": …}`` or ``{"ok": false, "error": …}`` as its last line.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path

from infra.local.gateway.functions import FUNCTIONS
from infra.local.gateway.invocation import Failed, invoke
from infra.local.gateway.process import say_failed

REGION = "us-east-1"


def main(name: str, event_file: str) -> int:
    """Invoke the function ``name`` with the event in ``event_file``; the exit status tells."""
    function = FUNCTIONS[name]
    event = json.loads(Path(event_file).read_text(encoding="utf-8"))
    request_id = str(uuid.uuid4())
    outcome = invoke(function, event, request_id=request_id, region=REGION)
    if isinstance(outcome, Failed):
        say_failed(function, outcome, request_id)
        print(json.dumps({"ok": False, "function": name, "error": outcome.error}))
        return 1
    print(json.dumps({"ok": True, "function": name, "result": outcome.result}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
