"""Counting, in the words of Prometheus."""

from connector.measures import Measures, exposition


def test_the_page_counts_and_buckets():
    measures = Measures(opens=2)
    measures.drops["idle"] += 1
    measures.refusals["no_room"] += 2
    measures.waits += 1
    measures.wait_s.add(3)
    for seconds in (0.1, 0.3, 500):
        measures.answer_s.add(seconds)

    lines = exposition(measures, {"sockets": 3}).splitlines()

    for line in (
        "hilo_sockets 3",
        "hilo_opens_total 2",
        'hilo_drops_total{reason="idle"} 1',
        'hilo_refusals_total{reason="no_room"} 2',
        "hilo_waits_total 1",
        'hilo_wait_seconds_bucket{le="4.0"} 1',
        'hilo_answer_seconds_bucket{le="0.25"} 1',
        'hilo_answer_seconds_bucket{le="0.5"} 2',
        'hilo_answer_seconds_bucket{le="+Inf"} 3',
        "hilo_answer_seconds_count 3",
    ):
        assert line in lines
