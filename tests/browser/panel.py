"""The panel's pictures: ``python -m tests.browser.panel``."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from functions.panel.roles import Role
from infra.cli.panel import link
from tests.browser.chromium import NARROW, WIDE, chromium, installed, stack
from tests.browser.seeds import (
    seed,
    seed_alerts,
    seed_dead_letters,
    seed_events,
    seed_findings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Browser, Page

    from infra.local.stack import LocalStack


IMAGES = Path(__file__).parents[2] / "docs" / "images"


def link_into(running: LocalStack, role: Role = Role.ADMIN) -> str:
    """A link that works once."""
    return link(running.urls["gateway"], running.environment["PANEL_LINK_KEY"], role)


WRITING = [
    ("+573105550101", "Hola, soy Laura", "¿A qué hora llega el técnico?"),
    ("+5215512345678", "Buenas tardes", "Quiero cambiar la cita", "El jueves, por favor"),
    ("+573125550103", "¿Siguen ahí?"),
    ("+5491155550104", "Hola", "Gracias por llamar"),
    ("+573105550105", "¿Me puede enviar la factura?", "Al correo de siempre"),
    ("+56955550106", "Hola, ¿qué necesitan de mí?"),
]


def talk(running: LocalStack) -> None:
    """Have people write, so that there are sockets of which a connector can tell."""
    url = running.urls["twilio"]
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        for number, *texts in WRITING:
            for text in texts:
                said = {"body": text, "wait": True}
                http.post(f"/_sim/people/{number}/say", json=said).raise_for_status()


def pages_of(contact_id: str) -> dict[str, str]:
    """Every page, by the name of its picture."""
    return {
        "home": "/panel",
        "conversations": "/panel/conversations?tab=waiting_person",
        "person": f"/panel/people/{contact_id}",
        "timeline": f"/panel/people/{contact_id}?view=timeline",
        "sockets": "/panel/sockets",
        "notices": "/panel/notices",
        "dead-letters": "/panel/dead-letters",
        "health": "/panel/health",
    }


def settle(page: Page) -> None:
    """Wait until times are told and the day is counted."""
    expect(page.locator("[data-first]")).to_have_count(0, timeout=20_000)
    expect(page.locator("time:not([title])")).to_have_count(0)


def main() -> int:
    """Take every page in both languages, light and dark; the phone's width in one."""
    if installed() is None:
        return 2
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as running:
        first, *_ = seed(running.environment, 240, sockets=False)
        talk(running)
        seed_alerts(running.environment)
        seed_findings(running.environment)
        seed_dead_letters(running.environment)
        seed_events(running.environment, first, "conv_s0")
        with chromium() as browser:
            for language in ("es", "en"):
                for scheme in ("light", "dark"):
                    _take(browser, running, pages_of(first), language, scheme)
    return 0


def _take(
    browser: Browser, running: LocalStack, pages: Mapping[str, str], language: str, scheme: str
) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme=scheme, locale=f"{language}-US")
    page = context.new_page()
    page.goto(link_into(running))
    page.goto(f"{running.urls['gateway']}/panel/language?lang={language}")
    for name, path in pages.items():
        page.goto(running.urls["gateway"] + path)
        settle(page)
        if name == "sockets":  # what the owner was asked to tell is there at the next look
            turns = page.locator("tbody tr td.num").first
            expect(turns).to_have_text(re.compile(r"\d"), timeout=15_000)
        page.screenshot(path=IMAGES / f"panel-{name}-{language}-{scheme}.png")
    page.set_viewport_size(NARROW)
    for name in ("home", "person", "health", "dead-letters") if scheme == "dark" else ():
        page.goto(running.urls["gateway"] + pages[name])
        settle(page)
        page.screenshot(path=IMAGES / f"panel-{name}-{language}-phone.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
