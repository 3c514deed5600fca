"""The templates that every new stand-in knows."""

import pytest

from conversation.words import DEFAULTS, OPENER, Language
from infra.local.twilio.config import Config
from infra.local.twilio.exchange import open_exchange
from infra.local.twilio.openers import OPENER_EN, OPENER_ES, OPENERS
from infra.local.twilio.store import Store

CONFIG = Config(account_sid="AC", auth_token="t", sender="whatsapp:+14155238886")


@pytest.mark.parametrize(
    ("template", "language"), [(OPENER_ES, Language.ES), (OPENER_EN, Language.EN)]
)
def test_they_say_what_the_product_says(template, language):
    slots = {"{nombre}": "{{1}}", "{name}": "{{1}}", "{empresa}": "{{2}}", "{business}": "{{2}}"}
    wanted = DEFAULTS[language][OPENER]
    for ours, theirs in slots.items():
        wanted = wanted.replace(ours, theirs)

    assert template.body == wanted


def test_a_new_stand_in_knows_them():
    exchange = open_exchange(CONFIG)

    assert {t.sid for t in exchange.store.templates()} == {t.sid for t in OPENERS}
    exchange.store.close()


def test_a_stand_in_with_templates_of_its_own_keeps_to_these(tmp_path):
    store = Store(tmp_path)
    store.keep_template(OPENER_EN)
    store.close()

    exchange = open_exchange(CONFIG, tmp_path)

    assert [t.sid for t in exchange.store.templates()] == [OPENER_EN.sid]
    exchange.store.close()
