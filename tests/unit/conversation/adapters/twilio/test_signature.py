"""Who is let in. The vectors are those that twilio-python publishes in its own tests."""

from __future__ import annotations

from urllib.parse import quote_plus, urlencode

import pytest

from conversation.adapters.gateway import read_request
from conversation.adapters.twilio.form import MAX_PARAMETERS, read_form
from conversation.adapters.twilio.signature import Gate
from conversation.errors import Refused
from tests.webhooks import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    BASE_URL,
    INBOUND_PATH,
    SECOND_TOKEN,
    posted,
    said,
    signature_of,
)

CALL = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
DUPLICATES = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
HTTPS, HTTP = "https://mycompany.com", "http://mycompany.com"
VECTORS = [
    pytest.param(HTTPS, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="form-basic"),
    pytest.param(HTTPS, DUPLICATES, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", id="duplicates"),
    pytest.param(f"{HTTPS}:1234", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="without its port"),
    pytest.param(f"{HTTP}:1234", CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", id="http with its port"),
    pytest.param(HTTPS, CALL, "kvajT1Ptam85bY51eRf/AJRuM3w=", id="signed with :443"),
    pytest.param(HTTP, CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4=", id="signed with :80"),
]


def a_gate(base_url=BASE_URL, path=INBOUND_PATH, tokens=(AUTH_TOKEN,)):
    return Gate(base_url=base_url, path=path, account_sid=ACCOUNT_SID, auth_tokens=tokens)


def refusal(gate, event):
    with pytest.raises(Refused) as told:
        gate.admit(read_request(event))
    return told.value.reason


@pytest.mark.parametrize(("base_url", "pairs", "signature"), VECTORS)
def test_a_published_vector_is_let_in_as_far_as_its_account(base_url, pairs, signature):
    """They carry no account of ours: what refuses them is that, and no longer the signature."""
    gate = a_gate(base_url, "/myapp.php", ("12345",))
    event = posted(pairs, path="/myapp.php", query="foo=1&bar=2", signature=signature)

    assert refusal(gate, event) == "not_ours"


@pytest.mark.parametrize(("base_url", "pairs", "signature"), VECTORS)
def test_a_published_vector_with_one_changed_value_is_refused(base_url, pairs, signature):
    changed = [*pairs[:-1], (pairs[-1][0], "+14158675300")]
    gate = a_gate(base_url, "/myapp.php", ("12345",))
    event = posted(changed, path="/myapp.php", query="foo=1&bar=2", signature=signature)

    assert refusal(gate, event) == "not_signed"


def test_the_published_json_vector_is_no_form_and_is_refused_without_a_fault():
    digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    event = posted(
        [],
        path="/myapp.php",
        query=f"foo=1&bar=2&bodySHA256={digest}",
        body=b'{"property": "value", "boolean": true}',
        content_type="application/json",
        signature="a9nBmqA0ju/hNViExpshrM61xv4=",
    )

    assert refusal(a_gate(HTTPS, "/myapp.php", ("12345",)), event) == "bad_content_type"


TRICKY = said("  ¿1+1=2? 🙋🏽‍♀️ 100% &c.  ", Label="", Address="", ProfileName="Ñandú + Cía")


def test_plus_emoji_blanks_and_spaces_at_the_ends_are_accepted_as_they_are():
    params = a_gate().admit(read_request(posted(TRICKY)))

    assert params == TRICKY


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({k: v for k, v in TRICKY.items() if v}, id="blank parameters dropped"),
        pytest.param({**TRICKY, "Body": TRICKY["Body"].strip()}, id="text stripped"),
        pytest.param({**TRICKY, "Body": TRICKY["Body"].replace("+", " ")}, id="plus as a blank"),
        pytest.param({**TRICKY, "Extra": "1"}, id="a parameter added"),
        pytest.param({**TRICKY, "Body": "BAJA"}, id="another text"),
    ],
)
def test_what_is_not_exactly_what_was_signed_is_refused(body):
    event = posted(TRICKY, body=urlencode(body).encode())

    assert refusal(a_gate(), event) == "not_signed"


def test_a_literal_plus_in_the_body_is_a_blank_as_forms_write_it():
    form = said("uno dos")
    assert "Body=uno+dos" in urlencode(form)

    assert a_gate().admit(read_request(posted(form)))["Body"] == "uno dos"


def test_the_query_is_signed_as_it_came_and_not_decoded():
    raw, decoded = f"tag={quote_plus('a/b ñ')}", "tag=a/b ñ"
    form = said()
    right = posted(form, query=raw)
    wrong = posted(form, query=raw, signature=signature_url(decoded, form))

    assert a_gate().admit(read_request(right)) == form
    assert refusal(a_gate(), wrong) == "not_signed"


def signature_url(query, form):
    return signature_of(f"{BASE_URL}{INBOUND_PATH}?{query}", list(form.items()))


def test_a_stage_in_the_configured_address_is_part_of_what_is_signed():
    form = said()
    with_stage = posted(form, base_url=f"{BASE_URL}/prod")

    assert a_gate(f"{BASE_URL}/prod").admit(read_request(with_stage)) == form
    assert refusal(a_gate(f"{BASE_URL}/prod"), posted(form)) == "not_signed"


def test_connection_overrides_behind_the_configured_address_are_not_signed():
    form = said()

    assert a_gate(f"{BASE_URL}#rc=2&rp=all").admit(read_request(posted(form))) == form


def test_an_explicit_port_443_is_the_same_address():
    form = said()

    assert a_gate("https://hilo.example.com:443").admit(read_request(posted(form))) == form


def test_repeated_parameters_are_all_part_of_what_is_signed():
    pairs = [*said().items(), ("Tag", "b"), ("Tag", "a"), ("Tag", "a")]

    params = a_gate().admit(read_request(posted(pairs)))

    assert params["Tag"] == "b"
    assert refusal(a_gate(), posted(pairs, body=urlencode(pairs[:-2]).encode())) == "not_signed"


def test_the_host_of_the_request_is_never_looked_at():
    event = posted(said(), base_url="https://evil.example.com")
    event["headers"]["host"] = "evil.example.com"
    event["headers"]["x-forwarded-host"] = "evil.example.com"

    assert refusal(a_gate(), event) == "not_signed"


def test_a_request_for_another_path_is_not_for_this_one():
    assert refusal(a_gate(), posted(said(), path="/twilio/status")) == "not_signed"


@pytest.mark.parametrize("token", [AUTH_TOKEN, SECOND_TOKEN])
def test_both_tokens_of_a_rotation_are_taken(token):
    form = said()
    gate = a_gate(tokens=(AUTH_TOKEN, SECOND_TOKEN))

    assert gate.admit(read_request(posted(form, token=token))) == form


def test_another_token_is_refused():
    assert refusal(a_gate(), posted(said(), token=SECOND_TOKEN)) == "not_signed"


@pytest.mark.parametrize("signature", ["", "nonsense", "ñ", " ", "A" * 5000])
def test_no_signature_and_nonsense_are_refused(signature):
    assert refusal(a_gate(), posted(said(), signature=signature)) == "not_signed"


def test_another_account_is_refused_though_signed():
    form = said(AccountSid="AC" + "b" * 32)

    assert refusal(a_gate(), posted(form)) == "not_ours"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_taken(method):
    assert refusal(a_gate(), posted(said(), method=method)) == "bad_method"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", "multipart/x"])
def test_only_a_form_is_taken(content_type):
    assert refusal(a_gate(), posted(said(), content_type=content_type)) == "bad_content_type"


def test_the_charset_of_a_form_is_no_other_content_type():
    form = said()
    event = posted(form, content_type="application/x-www-form-urlencoded; charset=UTF-8")

    assert a_gate().admit(read_request(event)) == form


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"&".join(b"a=1" for _ in range(MAX_PARAMETERS + 1))],
    ids=["not UTF-8", "too many parameters"],
)
def test_a_body_that_is_no_form_is_refused(body):
    with pytest.raises(Refused) as told:
        read_form(body)

    assert told.value.reason == "bad_form"
