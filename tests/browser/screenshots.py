"""``make screenshots``: the pictures of the documentation, taken of the running system."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.chromium import NARROW, WIDE, Visit, chromium, installed, stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
STORIES = {
    "es": ("¿Qué me dijo de mi pedido?", "¡Muchas gracias! 🙏"),
    "en": ("What did you tell me about my order?", "Thank you very much! 🙏"),
}


def main() -> int:
    """Take them all; the last line names the files."""
    if installed() is None:
        print("Chromium is needed, for example: apt install chromium")  # noqa: T201 - a command
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        taken = [path for language in STORIES for path in _taken(browser, language)]
    print(json.dumps({"ok": True, "images": [str(path.name) for path in taken]}))  # noqa: T201 - as above
    return 0


def _taken(browser: Browser, language: str) -> list[Path]:
    print(f"taking pictures in {language} …", flush=True)  # noqa: T201 - as above
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as running:
        context = browser.new_context(viewport=WIDE, color_scheme="light")
        here = Visit(context.new_page())
        here.open(running.urls["page"], language)
        here.call()
        for text in STORIES[language]:
            here.ask(text)
        read = here.page.locator(".story").first.locator("[data-signal=delivery_updated]")
        expect(read).to_have_count(3)
        return [_wide(here, language), _narrow(here, language)]


def _wide(here: Visit, language: str) -> Path:
    here.page.locator(".story[open] summary").last.click()  # one open story is enough for a picture
    return _saved(here, f"try-{language}.png", whole=True)


def _narrow(here: Visit, language: str) -> Path:
    here.page.set_viewport_size(NARROW)
    here.page.locator("#phone").evaluate("phone => phone.scrollIntoView()")
    return _saved(here, f"try-{language}-phone.png", whole=False)


def _saved(here: Visit, name: str, *, whole: bool) -> Path:
    here.page.evaluate("document.activeElement.blur()")
    here.page.locator("#chat").evaluate("chat => chat.scrollTo(0, chat.scrollHeight)")
    expect(here.page.locator(".part.lit")).to_have_count(0)
    path = IMAGES / name
    here.page.screenshot(path=path, full_page=whole, animations="disabled")
    return path


if __name__ == "__main__":
    sys.exit(main())
