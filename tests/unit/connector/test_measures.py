"""Counting, in the words of Prometheus."""

from connector.measures import Measures, exposition


def test_the_page_counts_and_buckets():
    measures = Measures(opens=2)
    measures.drops["idle"] += 1
    measures.refusals["no_room"] += 2
    measures.openings["reopened"] += 3
    measures.messages.add(5)
    measures.odd["unknown_frame"] += 4
    measures.waits += 1
    measures.wait_s.add(3)
    for seconds in (0.1, 0.3, 500):
        measures.answer_s.add(seconds)

    lines = exposition(measures, {"sockets": 3}).splitlines()

    for line in (
        "hilo_sockets 3.0",
        "hilo_opens_total 2.0",
        'hilo_openings_total{kind="reopened"} 3.0',
        'hilo_drops_total{reason="idle"} 1.0',
        'hilo_refusals_total{reason="no_room"} 2.0',
        'hilo_odd_total{reason="unknown_frame"} 4.0',
        "hilo_waits_total 1.0",
        'hilo_wait_seconds_bucket{le="4.0"} 1.0',
        'hilo_answer_seconds_bucket{le="0.25"} 1.0',
        'hilo_answer_seconds_bucket{le="0.5"} 2.0',
        'hilo_answer_seconds_bucket{le="+Inf"} 3.0',
        "hilo_answer_seconds_count 3.0",
        'hilo_conversation_messages_bucket{le="8.0"} 1.0',
    ):
        assert line in lines
