"""Functions are called in their rhythm."""

import asyncio

import pytest

from infra.local.gateway.schedule import tick


@pytest.mark.parametrize(("overlap", "most"), [(False, 1), (True, 3)])
def test_a_call_that_outlasts_the_rhythm(overlap, most):
    running, highest = [], []

    async def run():
        stop, release = asyncio.Event(), asyncio.Event()
        ticks = 0

        async def call():
            running.append(1)
            highest.append(len(running))
            if len(running) == most:
                asyncio.get_running_loop().call_later(0.01, release.set)
            await release.wait()
            running.pop()
            nonlocal ticks
            ticks += 1
            if ticks == 3:
                stop.set()

        await asyncio.wait_for(tick(call, every_s=0.001, stop=stop, overlap=overlap), 5)

    asyncio.run(run())
    if overlap:
        assert max(highest) >= most
    else:
        assert max(highest) == 1
    assert running == []
