import pytest

from infra.local.twilio.config import Config, changed, shown
from infra.local.twilio.refusals import RefusalError

ACCOUNT, KEY = "AC" + "a" * 32, "SK" + "b" * 32
CONFIG = Config(
    account_sid=ACCOUNT,
    auth_token="token",
    sender="whatsapp:+1",
    webhook_url="http://127.0.0.1:81/hook",
    public_base_url="https://hilo.example/prod",
    api_keys={KEY: "secret"},
)


@pytest.mark.parametrize(
    ("user", "secret", "opens"),
    [
        (ACCOUNT, "token", True),
        (ACCOUNT, "secret", False),
        (KEY, "secret", True),
        (KEY, "token", False),
        ("SK" + "c" * 32, "", False),
        ("", "", False),
    ],
)
def test_the_token_and_the_keys_open_the_account(user, secret, opens):
    assert CONFIG.opens_with(user, secret) is opens


def test_a_tunnel_translates_in_both_directions():
    assert CONFIG.public("http://127.0.0.1:81/hook?a=1") == "https://hilo.example/prod/hook?a=1"
    assert CONFIG.dialled("https://hilo.example/prod/s?a=1#rc=2") == "http://127.0.0.1:81/s?a=1"


def test_other_urls_are_dialled_as_they_are():
    plain = changed(CONFIG, {"public_base_url": ""})

    assert plain.public("http://127.0.0.1:81/hook#rc=1") == "http://127.0.0.1:81/hook#rc=1"
    assert plain.dialled("http://127.0.0.1:82/s#rc=1") == "http://127.0.0.1:82/s"


def test_secrets_are_neither_shown_nor_printed():
    assert "token" not in repr(CONFIG)
    assert not {"auth_token", "api_keys"} & set(shown(CONFIG))


@pytest.mark.parametrize("change", [{"account_sid": "x"}, {"sandbox": "yes"}, {"nothing": 1}])
def test_only_what_may_change_changes(change):
    with pytest.raises(RefusalError):
        changed(CONFIG, change)
