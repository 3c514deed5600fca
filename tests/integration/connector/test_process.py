"""``python -m connector`` as a process: what it says when it cannot start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run(**environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "connector"], cwd=ROOT, env=kept | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_without_settings_it_names_all_of_them_and_exits_with_2():
    done = run()

    assert done.returncode == 2
    for name in ("AWS_REGION", "INBOX_QUEUE_URLS", "OUTBOX_QUEUE_URL", "ELEVENLABS_API_KEY"):
        assert f"- {name} is missing" in done.stderr
    assert "Traceback" not in done.stderr
