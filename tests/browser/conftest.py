"""A stack for all tests of the page, and a browser for them."""

import json
import os
import subprocess
import sys

import httpx
import pytest

from infra.local.processes import ROOT
from infra.local.stack import EMULATOR_HOME

IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="module")
def browser():
    from tests.browser.chromium import chromium, installed

    if installed() is None and not IN_CI:
        pytest.skip("Chromium is not installed: with it, the page is tested in a real browser")
    # Of the module: playwright keeps an event loop in this thread, where others run theirs.
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def running(browser, tmp_path_factory):
    from tests.browser.chromium import stack

    if not (EMULATOR_HOME / "bin" / "ministack").exists() and not IN_CI:
        pytest.skip("the local AWS is not installed: `make install` installs it")
    with stack(tmp_path_factory.mktemp("page")) as started:
        brief = {"call_seconds": 0.6, "processing_seconds": 0.2}
        httpx.post(f"{started.urls['elevenlabs']}/_sim/settings", json=brief, trust_env=False)
        yield started


@pytest.fixture
def real_page(browser, tmp_path):
    """The address of a page that was told that both providers are the real ones."""
    command = [sys.executable, "-m", "infra.local.page", f"--logs={tmp_path}"]
    with subprocess.Popen(  # noqa: S603 - our own module
        [*command, "--real-elevenlabs", "--real-twilio"],
        cwd=ROOT, env={"TWILIO_WHATSAPP_NUMBER": "whatsapp:+15005550006"},
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield json.loads(process.stdout.readline())["listening"]
        process.terminate()


@pytest.fixture
def visit(browser):
    """Opens the page as somebody who was never there; nobody may leave with errors."""
    from tests.browser.chromium import WIDE, Visit

    contexts = []

    def begin(viewport=None, **options):
        context = browser.new_context(viewport=viewport or WIDE, **options)
        contexts.append(context)
        return Visit(context.new_page())

    yield begin
    for context in contexts:
        context.close()
