import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from infra.local.twilio.signing import sign

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
DOUBLED = [("Sid", "CA123"), ("SidAccount", "AC123"), *[("Digits", d) for d in "231"]]
VECTORS = Path(__file__).parents[6] / "shared/facts/data/twilio/signature_vectors.json"

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL + "#rc=2&rp=5xx", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL.replace("https://mycompany.com", "http://mycompany.com:1234"), None),
    ],
)
def test_published_vectors_are_met_and_fragments_never_signed(url, expected):
    assert sign(TOKEN, url, CALL) == (expected or "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=")


def test_repeated_keys_are_sorted_and_each_value_signed_once():
    pairs = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]

    assert sign(TOKEN, URL, [*pairs, ("Digits", "1234")]) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@pytest.mark.skipif(not VECTORS.is_file(), reason="the collected vectors are not at hand")
def test_every_collected_form_vector_is_met():
    vectors = json.loads(VECTORS.read_text())["published"]
    forms = [vector for vector in vectors if "params" in vector]
    plain = [v for v in forms if "without-port" not in v["id"] and "with-" not in v["id"]]

    for vector in plain:
        pairs = [(name, value) for name, value in vector["params"]]
        assert sign(vector["token"], vector["url"], pairs) == vector["signature"], vector["id"]
    assert len(plain) >= 3


@given(st.dictionaries(texts, texts))
def test_the_official_validator_agrees_on_any_parameters(params):
    signature = sign(TOKEN, URL, params.items())

    assert RequestValidator(TOKEN).validate(URL, params, signature)
