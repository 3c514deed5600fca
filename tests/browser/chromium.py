"""Chromium, where it is installed, and the page as a person uses it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect, sync_playwright

from infra.local.settings import given
from infra.local.stack import LocalStack, StackOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",  # in a container Chromium has no namespaces of its own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 375, "height": 812}

CALL_MS = 30_000
ANSWER_MS = 30_000
OURS = ("ELEVENLABS_", "TWILIO_", "OPENER", "ALLOWED_", "DEFAULT_AGENT", "MONITOR_", "CONTINUE_",
        "NOTIFY_")  # fmt: skip


def installed() -> str | None:
    """Where Chromium is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def stack(folder: Path, **settings: str) -> Iterator[LocalStack]:
    """The whole of Hilo with both simulators, whatever is set on this machine but ``settings``."""
    mine = {k: v for k, v in given(folder / "no.env").items() if not k.startswith(OURS)} | settings
    with LocalStack(mine, StackOptions(data=folder / "stack"), report=lambda _: None) as running:
        yield running


@dataclass
class Visit:
    """The page, open in a browser. ``complaints`` is what the console said of errors."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, url: str, language: str) -> None:
        """Go there, and wait until everything is drawn."""
        self.page.goto(f"{url}/?lang={language}")
        expect(self.page.locator("#start")).to_be_enabled()
        expect(self.page.locator("#owners button").first).to_be_visible()

    def fill_first_person(self, name: str, number: str, fact: tuple[str, str]) -> None:
        """Whom to call, and one thing that the agent shall know; nobody else is called."""
        people = self.page.locator(".person")
        while people.count() > 1:
            people.last.locator(".identity .icon").click()
        person = people.first
        person.locator(".identity input").nth(0).fill(name)
        person.locator(".identity input").nth(1).fill(number)
        while person.locator(".fact").count() > 1:
            person.locator(".fact .icon").last.click()
        person.locator(".fact .name").fill(fact[0])
        person.locator(".fact .value").fill(fact[1])

    def call(self) -> None:
        """Start the call, and wait for the first message after it."""
        self.page.locator("#start").click()
        expect(self.page.locator(".bubble.theirs").first).to_be_visible(timeout=CALL_MS)
        expect(self.page.locator(".person").first).to_have_attribute("data-phase", "ended")

    def ask(self, text: str) -> str:
        """Write on the phone; the agent's answer."""
        theirs = self.page.locator(".bubble.theirs")
        before = theirs.count()
        self.page.locator("#text").fill(text)
        self.page.locator("#text").press("Enter")
        expect(theirs).to_have_count(before + 1, timeout=ANSWER_MS)
        return theirs.last.inner_text()

    def events(self, story: int = 0) -> list[str]:
        """The names of what happened in a story, the newest story being 0."""
        events = self.page.locator(".story").nth(story).locator(".event")
        return [each.get_attribute("data-signal") or "" for each in events.all()]

    def _heard(self, message: object) -> None:
        if getattr(message, "type", "") in {"error", "warning"}:
            self.complaints.append(str(getattr(message, "text", message)))
