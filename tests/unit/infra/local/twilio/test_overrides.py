import pytest

from infra.local.twilio.overrides import Overrides, Trouble, overrides_of

HOOK = "https://a.example/hook"


def test_without_a_fragment_only_a_failed_connect_is_tried_once_more():
    plain = overrides_of(HOOK)

    assert plain == Overrides(5.0, 15.0, 15.0, 1, frozenset({Trouble.CONNECT}))
    assert plain.may_retry(Trouble.CONNECT, 1)
    assert not plain.may_retry(Trouble.CONNECT, 2)
    assert not plain.may_retry(Trouble.SERVER_ERROR, 1)
    assert not plain.may_retry(None, 1)


def test_the_fragment_asks_for_more():
    asked = overrides_of(f"{HOOK}?q=1#rc=2&rp=ct,rt,5xx&ct=1500&rt=3500&tt=9000&e=ashburn")

    assert (asked.connect_s, asked.read_s, asked.total_s, asked.retries) == (1.5, 3.5, 9.0, 2)
    assert asked.retried == {Trouble.CONNECT, Trouble.READ, Trouble.SERVER_ERROR}


def test_all_means_all():
    assert overrides_of(f"{HOOK}#rp=all").retried == frozenset(Trouble)


@pytest.mark.parametrize("words", ["ct=99", "rt=20000", "tt=x", "rc=6", "rc=-1", "ct="])
def test_what_is_out_of_range_falls_back(words):
    assert overrides_of(f"{HOOK}#{words}") == overrides_of(HOOK)
