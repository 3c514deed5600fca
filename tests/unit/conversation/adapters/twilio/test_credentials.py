"""Which token is tried when."""

from conversation.adapters.twilio.credentials import RENEW_EVERY_S, Credentials
from conversation.errors import Transient
from conversation.variables import TwilioAccountSettings


def an_account(*tokens):
    first, second = (*tokens, None)[:2]
    return TwilioAccountSettings("AC" + "a" * 32, "whatsapp:+14155238886", first, second)


class Secret:
    """What the secret holds, and how often it was asked."""

    def __init__(self, *tokens):
        self.tokens = tokens
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return an_account(*self.tokens)


def test_the_first_token_is_enough_where_it_is_taken():
    secret = Secret("new")
    credentials = Credentials(an_account("one", "two"), secret)

    assert next(credentials.tokens()) == "one"
    assert secret.asked == 0


def test_all_that_is_known_is_tried_and_then_what_the_secret_holds_by_now():
    credentials = Credentials(an_account("one", "two"), Secret("three", "two"))

    assert list(credentials.tokens()) == ["one", "two", "three"]


def test_the_token_that_was_taken_is_the_first_from_then_on():
    credentials = Credentials(an_account("one", "two"))

    credentials.taken("two")

    assert list(credentials.tokens()) == ["two", "one"]


def test_a_token_that_stays_wrong_costs_one_look_at_the_secret_a_minute():
    now = [0.0]
    secret = Secret("one")
    credentials = Credentials(an_account("one"), secret, clock=lambda: now[0])

    for _ in range(50):
        list(credentials.tokens())
    now[0] = RENEW_EVERY_S
    list(credentials.tokens())

    assert secret.asked == 2


def test_a_secret_that_cannot_be_read_leaves_the_tokens_as_they_are():
    def unreachable():
        raise Transient("no answer", reason="secrets_unreachable")

    credentials = Credentials(an_account("one"), unreachable)

    assert list(credentials.tokens()) == ["one"]
    assert next(credentials.tokens()) == "one"
