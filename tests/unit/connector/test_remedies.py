"""What operators are told to do."""

from connector.remedies import remedy_for, toggle
from connector.session.closing import Kind, Verdict


def test_an_override_that_is_not_allowed_is_named_with_its_toggle():
    verdict = Verdict(Kind.CONFIGURATION, "override_error", "text_only")

    assert remedy_for(verdict).endswith(
        "platform_settings.overrides.conversation_config_override.conversation.text_only"
    )


def test_a_field_we_do_not_know_keeps_its_own_name():
    assert toggle("tts").endswith("conversation_config_override.tts")


def test_every_other_fault_has_a_sentence():
    for reason in ("auth", "quota", "something_new"):
        assert len(remedy_for(Verdict(Kind.CONFIGURATION, reason))) > 20
