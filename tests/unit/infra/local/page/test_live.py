"""Every open page is told what is new."""

import asyncio
import json

from conversation.contacts import contact_id_of
from infra.local.page.calls import Called, Phase
from infra.local.page.live import Live
from infra.local.page.tail import LogTail

ANA = "+12025550143"


class FakeCampaign:
    """Each look finds the next state, the last one for ever."""

    def __init__(self, *states):
        self.states = list(states)

    async def progress(self):
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


def a_call(phase):
    return Called(number=ANA, name="Ana", phase=phase)


async def first(live, count, kind):
    """The first ``count`` news of a kind."""
    watching = asyncio.create_task(live.run())
    found = []
    async for told, what in live.news():
        found += [what] if told == kind else []
        if len(found) == count:
            break
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return found


def test_a_page_hears_how_calls_go_on(tmp_path):
    campaign = FakeCampaign([a_call(Phase.DIALING)], [a_call(Phase.ENDED)])
    live = Live(campaign=campaign, phones=None, tail=LogTail(tmp_path), pepper="p")

    news = asyncio.run(first(live, 3, "calls"))

    assert [[one["phase"] for one in what] for what in news] == [[], ["dialing"], ["ended"]]


def test_what_happens_inside_is_told_with_the_number_of_whom_it_concerns(tmp_path):
    line = {
        "event": "message_stored",
        "timestamp": "2026-11-23 14:56:40,250+0000",
        "contact_id": contact_id_of(ANA, "p"),
        "message_key": "01J",
    }
    (tmp_path / "gateway.jsonl").write_text(json.dumps(line) + "\n")
    live = Live(campaign=None, phones=None, tail=LogTail(tmp_path), pepper="p")
    live.know([ANA, "no number"])

    _, news = asyncio.run(first(live, 2, "inside"))

    assert [story["number"] for story in news["stories"]] == [ANA]


def test_pages_are_let_go_at_the_end(tmp_path):
    live = Live(campaign=None, phones=None, tail=LogTail(tmp_path), pepper="p")

    async def listen():
        heard = []
        async for kind, _ in live.news():
            heard.append(kind)
            if len(heard) == 3:
                live.stop()
        return heard

    assert asyncio.run(listen()) == ["calls", "inside", "phones"]
