"""``python -m tests.chaos [--keep] [PRESET] [name=value …]``: one run, whose last line is JSON.

``--keep`` leaves its data and logs where the run says they are.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import Plan, with_words
from tests.chaos.presets import PRESETS
from tests.chaos.run import run


def main(arguments: list[str]) -> int:
    words = dict(a.lower().split("=", 1) for a in arguments if "=" in a)
    names = [a for a in arguments if "=" not in a and a != "--keep"]
    plan = with_words(PRESETS[names[0]] if names else Plan(), words)
    folder = Path(tempfile.mkdtemp(prefix="hilo-chaos-"))
    try:
        line = run(plan, folder)
    finally:
        if "--keep" not in arguments:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{json.dumps(line)}\n")
    return 0 if line["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
