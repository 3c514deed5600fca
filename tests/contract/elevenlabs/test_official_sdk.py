"""The provider's own Python SDK works against the simulator, and its types accept the answers."""

import threading
import warnings

import httpx
import pytest
from elevenlabs import (
    ConversationInitiationClientDataRequestInput,
    ElevenLabs,
    OutboundCallRecipient,
)
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import (
    BatchCallDetailedResponse,
    ConversationSignedUrlResponseModel,
    GetAgentResponseModel,
    GetAgentsPageResponseModel,
    GetConversationResponseModel,
    GetConversationsPageResponseModel,
    GetConversationSummaryResponseModel,
    GetPhoneNumberTwilioResponseModel,
    TwilioOutboundCallResponse,
    WorkspaceBatchCallsResponse,
)

from tests.contract.elevenlabs.conftest import AGENT, KEY, TEXT_ONLY

with warnings.catch_warnings():
    # The SDK names a deprecated class of websockets in an annotation; we do not.
    warnings.filterwarnings("ignore", r"websockets\.", DeprecationWarning)
    from elevenlabs.conversational_ai.conversation import Conversation, ConversationInitiationData

FACT = {"fact": "pedido 7431", "name": "Ana"}


@pytest.fixture
def sdk(live):
    with httpx.Client(trust_env=False) as http:  # the SDK never closes one of its own
        yield ElevenLabs(api_key=KEY, base_url=live.url, httpx_client=http)


def submitted(sdk, *numbers):
    data = ConversationInitiationClientDataRequestInput(dynamic_variables=FACT)
    recipients = [
        OutboundCallRecipient(phone_number=number, conversation_initiation_client_data=data)
        for number in numbers or ("+573138539155",)
    ]
    return sdk.conversational_ai.batch_calls.create(
        call_name="campaign", agent_id=AGENT, recipients=recipients
    )


def finished(live, sdk, batch):
    def whole():
        found = sdk.conversational_ai.batch_calls.get(batch.id)
        return found if found.status == "completed" else None

    return live.until(whole)


def analysed(live, sdk, conversation_id):
    def whole():
        found = sdk.conversational_ai.conversations.get(conversation_id)
        return found if found.status in {"done", "failed"} else None

    return live.until(whole)


def test_a_batch_runs_to_its_end_and_the_call_mentions_the_fact(live, sdk):
    batch = submitted(sdk)

    recipient = finished(live, sdk, batch).recipients[0]
    call = analysed(live, sdk, recipient.conversation_id)

    assert recipient.status == "completed"
    assert call.metadata.phone_call.external_number == "+573138539155"
    assert call.metadata.phone_call.direction == "outbound"
    assert call.metadata.batch_call.batch_call_id == batch.id
    assert call.metadata.batch_call.batch_call_recipient_id == recipient.id
    assert call.metadata.main_language == "es"
    assert "pedido 7431" in call.analysis.transcript_summary
    assert any("pedido 7431" in (turn.message or "") for turn in call.transcript)
    assert call.conversation_initiation_client_data.dynamic_variables["fact"] == "pedido 7431"


def test_what_a_batch_goes_through_is_seen_by_a_client_that_polls(live, sdk):
    live.settings(call_seconds=1.0, processing_seconds=0.4)
    batch = submitted(sdk)
    seen = []

    def over():
        recipient = sdk.conversational_ai.batch_calls.get(batch.id).recipients[0]
        call = recipient.conversation_id and sdk.conversational_ai.conversations.get(
            recipient.conversation_id
        )
        state = (recipient.status, call.status if call else None)
        seen.extend([state] if state not in seen else [])
        assert call is None or (call.analysis is not None) == (call.status == "done")
        return state == ("completed", "done")

    live.until(over)

    assert batch.status == "pending"
    assert ("in_progress", "in-progress") in seen
    assert ("completed", "processing") in seen


def test_the_workspace_is_paged(sdk):
    made = [submitted(sdk).id for _ in range(3)]

    first = sdk.conversational_ai.batch_calls.list(limit=2)
    rest = sdk.conversational_ai.batch_calls.list(limit=2, last_doc=first.next_doc)

    assert (first.has_more, rest.has_more) == (True, False)
    assert [b.id for b in (*first.batch_calls, *rest.batch_calls)] == made[::-1]


@pytest.mark.parametrize(
    ("outcome", "recipient_status", "conversation_status", "result"),
    [
        ("voicemail", "voicemail", "done", "voicemail"),
        ("no-answer", "failed", "failed", "no_answer"),
        ("busy", "failed", "failed", "busy"),
        ("short", "completed", "done", "answered"),
    ],
)
def test_calls_end_as_wished(live, sdk, outcome, recipient_status, conversation_status, result):
    live.control("POST", "/outcomes", {"phone_number": "+57300", "outcome": outcome})

    recipient = finished(live, sdk, submitted(sdk, "+57300")).recipients[0]
    call = analysed(live, sdk, recipient.conversation_id)

    assert recipient.status == recipient_status
    assert call.status == conversation_status
    assert call.metadata.phone_call.call_result == result
    assert call.metadata.call_duration_secs <= 2


def test_a_cancelled_batch_calls_nobody_any_more(live, sdk):
    live.settings(calls_at_once=0)
    batch = submitted(sdk)

    cancelled = sdk.conversational_ai.batch_calls.cancel(batch.id)

    found = sdk.conversational_ai.batch_calls.get(batch.id)
    assert (cancelled.status, found.recipients[0].status) == ("cancelled", "cancelled")


def test_a_retry_calls_again_whom_nobody_reached(live, sdk):
    live.control("POST", "/outcomes", {"phone_number": "+57300", "outcome": "no-answer"})
    batch = finished(live, sdk, submitted(sdk, "+57300", "+57301"))
    reached = {r.phone_number: r.conversation_id for r in batch.recipients}
    live.control("POST", "/outcomes", {"phone_number": "+57300", "outcome": "answered"})

    again = sdk.conversational_ai.batch_calls.retry(batch.id)

    done = finished(live, sdk, again)
    calls = {r.phone_number: r.conversation_id for r in done.recipients}
    assert again.retry_count == 1
    assert [r.status for r in done.recipients] == ["completed", "completed"]
    assert calls["+57301"] == reached["+57301"]
    assert calls["+57300"] not in (None, reached["+57300"])


def test_conversations_are_listed_filtered_and_paged_without_the_number(live, sdk):
    finished(live, sdk, submitted(sdk, "+57300", "+57301"))
    live.until(lambda: not live.world.calls.running())

    page = sdk.conversational_ai.conversations.list(page_size=1, summary_mode="include")
    rest = sdk.conversational_ai.conversations.list(page_size=1, cursor=page.next_cursor)
    none = sdk.conversational_ai.conversations.list(call_start_after_unix=9_999_999_999)

    assert page.has_more
    assert not rest.has_more
    assert page.conversations[0].conversation_id != rest.conversations[0].conversation_id
    assert "pedido 7431" in page.conversations[0].transcript_summary
    assert none.conversations == []
    raw = live.http.get("/v1/convai/conversations").text
    assert "+57300" not in raw


def test_a_single_call_is_placed_and_its_conversation_is_there_at_once(live, sdk):
    placed = sdk.conversational_ai.twilio.outbound_call(
        agent_id=AGENT,
        agent_phone_number_id=sdk.conversational_ai.phone_numbers.list()[0].phone_number_id,
        to_number="+573138539155",
    )

    assert placed.success
    assert analysed(live, sdk, placed.conversation_id).metadata.batch_call is None


def test_the_agent_is_told_with_its_toggles(sdk):
    agent = sdk.conversational_ai.agents.get(AGENT)

    overrides = agent.platform_settings.overrides.conversation_config_override
    assert agent.conversation_config.agent.first_message.startswith("Hola")
    assert agent.conversation_config.conversation.max_duration_seconds == 600
    assert "agent_response_complete" in agent.conversation_config.conversation.client_events
    assert overrides.conversation.text_only is True
    assert agent.platform_settings.auth.enable_auth is True
    assert AGENT in [a.agent_id for a in sdk.conversational_ai.agents.list().agents]


def test_problems_reach_the_sdk_with_the_bodies_of_the_provider(live, sdk):
    with pytest.raises(ApiError) as absent:
        sdk.conversational_ai.conversations.get("conv_nobody")
    with httpx.Client(trust_env=False) as http:
        stranger = ElevenLabs(api_key="sk_wrong", base_url=live.url, httpx_client=http)
        with pytest.raises(ApiError) as unauthorised:
            stranger.conversational_ai.agents.get(AGENT)
    with pytest.raises(ApiError) as wrong:
        sdk.conversational_ai.batch_calls.create(call_name="c", agent_id=AGENT, recipients=[])

    assert absent.value.status_code == 404
    assert absent.value.body["detail"]["code"] == "conversation_not_found"
    assert unauthorised.value.body["detail"]["status"] == "invalid_api_key"
    assert wrong.value.status_code == 422


@pytest.mark.parametrize("requires_auth", [True, False], ids=["signed_url", "public"])
def test_the_sdks_conversation_gets_an_answer_that_knows_the_fact(live, sdk, requires_auth):
    agent = live.agent(first_message="", enable_auth=requires_auth)
    answers, got, parts = [], threading.Event(), []
    conversation = Conversation(
        sdk,
        agent,
        requires_auth=requires_auth,
        config=ConversationInitiationData(
            conversation_config_override=TEXT_ONLY, dynamic_variables=FACT
        ),
        callback_agent_response=lambda text: (answers.append(text), got.set()),
        callback_agent_chat_response_part=lambda text, kind: parts.append(text),
    )

    conversation.start_session()
    live.until(lambda: conversation._conversation_id)
    conversation.send_user_message("¿Cuál era mi pedido?")
    assert got.wait(5)
    conversation.end_session()

    assert conversation.wait_for_session_end().startswith("conv_")
    assert answers == ["Según lo que tengo anotado: pedido 7431."]
    assert "".join(parts) == answers[0]


def test_the_sdk_also_hears_a_voice_session_whose_text_it_prints(live, sdk):
    agent = live.agent(first_message="Hola {{name}}", enable_auth=False)
    answers, got = [], threading.Event()
    conversation = Conversation(
        sdk,
        agent,
        requires_auth=False,
        config=ConversationInitiationData(dynamic_variables=FACT),
        callback_agent_response=lambda text: (answers.append(text), got.set()),
    )

    conversation.start_session()
    assert got.wait(5)
    conversation.end_session()
    conversation.wait_for_session_end()

    assert answers == ["Hola Ana"]


def test_every_answer_passes_the_strict_types_of_the_sdk(live, sdk):
    batch = finished(live, sdk, submitted(sdk))
    name = batch.recipients[0].conversation_id
    analysed(live, sdk, name)
    call = {"agent_id": AGENT, "agent_phone_number_id": "phnum_1", "to_number": "+1"}
    answers = {
        "/batch-calling/workspace": WorkspaceBatchCallsResponse,
        f"/batch-calling/{batch.id}": BatchCallDetailedResponse,
        "/conversations": GetConversationsPageResponseModel,
        f"/conversations/{name}": GetConversationResponseModel,
        f"/conversations/{name}/summary": GetConversationSummaryResponseModel,
        "/agents": GetAgentsPageResponseModel,
        f"/agents/{AGENT}": GetAgentResponseModel,
        f"/conversation/get-signed-url?agent_id={AGENT}": ConversationSignedUrlResponseModel,
        f"/conversation/get_signed_url?agent_id={AGENT}": ConversationSignedUrlResponseModel,
    }

    for path, model in answers.items():
        model.model_validate(live.http.get(f"/v1/convai{path}").json())
    placed = live.http.post("/v1/convai/twilio/outbound-call", json=call).json()
    TwilioOutboundCallResponse.model_validate(placed)
    number = live.http.get("/v1/convai/phone-numbers").json()[0]
    GetPhoneNumberTwilioResponseModel.model_validate(number)
