"""What ``hilo show`` asks of the panel."""

import httpx
import pytest

from conversation.errors import Permanent
from infra.cli.show import API, shown

PEOPLE = {"ana": [{"contact_id": "C1"}], "a": [{"contact_id": "C1"}, {"contact_id": "C2"}]}


def answered(request):
    if request.url.path == f"{API}/conversations":
        asked = request.url.params.get("q")
        return httpx.Response(200, json={"list": {"rows": PEOPLE.get(asked, [])}})
    return httpx.Response(200, json={"page": request.url.path.removeprefix(f"{API}/")})


@pytest.fixture
def http():
    return httpx.Client(transport=httpx.MockTransport(answered), base_url="http://panel")


def test_a_page_is_shown_by_its_name(http):
    assert shown(http, "sockets") == {"page": "sockets"}


def test_one_person_is_shown_whole(http):
    assert shown(http, "ana") == {"page": "people/C1"}


def test_several_people_are_listed(http):
    assert shown(http, "a") == PEOPLE["a"]


def test_nobody_is_said_with_what_there_is(http):
    with pytest.raises(Permanent, match="hilo show conversations"):
        shown(http, "sokets")
