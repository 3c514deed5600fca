import pytest

from infra.local.twilio.refusals import RefusalError
from infra.local.twilio.templates import Template, read_variables

SID = "HX" + "0" * 32


def test_placeholders_are_filled_once():
    template = Template(sid=SID, body="Hola {{1}}, {{ name }} {{1}} {{2}}")

    text = template.render({"1": "{{name}}", "name": "Ana"})

    assert text == "Hola {{name}}, Ana {{name}} {{2}}"
    assert template.placeholders == {"1", "name", "2"}


@pytest.mark.parametrize("text", ["{", "[]", '"a"', '{"1": ""}', '{"1": null}', '{"1": 2}'])
def test_bad_variables_are_refused_with_21656(text):
    with pytest.raises(RefusalError) as refused:
        read_variables(text)

    assert refused.value.envelope()["code"] == 21656


@pytest.mark.parametrize(("text", "values"), [(None, {}), ('{"1": "a"}', {"1": "a"})])
def test_variables_are_read(text, values):
    assert read_variables(text) == values


@pytest.mark.parametrize("words", [{"sid": "HX1", "body": "x"}, {"sid": SID, "body": ""}])
def test_a_template_needs_a_sid_and_a_text(words):
    with pytest.raises(RefusalError):
        Template(**words)
