"""What children print becomes lines of JSON."""

import json

from infra.local.logs import LineLog, listening_in


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_json_is_kept_as_it_is_and_the_rest_is_wrapped(tmp_path):
    path = tmp_path / "child.jsonl"
    log = LineLog(path, "child")

    for line in ('{"event": "x"}\n', "Traceback\n", "\n", "{not json\n"):
        log.write(line)

    first, second, third = lines_of(path)
    assert first == {"event": "x"}
    assert (second["service"], second["line"]) == ("child", "Traceback")
    assert third["line"] == "{not json"


def test_the_last_lines_are_at_hand(tmp_path):
    log = LineLog(tmp_path / "child.jsonl", "child")

    for n in range(100):
        log.write(f"{n}\n")

    assert log.last_lines()[-2:] == ["98", "99"]
    assert len(log.last_lines()) == 12


def test_an_address_is_read_from_the_line_that_announces_it():
    assert listening_in('{"listening": "http://127.0.0.1:1"}\n') == "http://127.0.0.1:1"
    assert listening_in('{"event": "x"}') == ""
    assert listening_in("listening") == ""
    assert listening_in('{"listening": 3}') == ""
