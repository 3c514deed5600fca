from __future__ import annotations

import pytest

from functions.batch_monitor.spread import in_threads


def test_work_is_spread_over_threads_in_order_and_the_first_error_ends_it():
    def work(n):
        if n == 3:
            raise ValueError(n)
        return n * 2

    results = in_threads(work, range(100))

    assert [next(results) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(ValueError, match="3"):
        next(results)
    assert list(in_threads(work, [])) == []
