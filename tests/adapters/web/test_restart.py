from __future__ import annotations

import asyncio

import aiohttp

from core.store import Store
from tests.adapters.web.stage import SESSION, Stage
from tests.waiting import wait_until


async def test_before_the_adapter_runs_and_after_it_pages_are_told_to_come_back(store: Store):
    stage = Stage(store)
    serving = asyncio.create_task(stage.site.run())
    await wait_until(lambda: stage.site.port)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{stage.url}/ws") as ws:
        await ws.send_json({"type": "hello", "session": SESSION})
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
    serving.cancel()
    await asyncio.wait([serving])
