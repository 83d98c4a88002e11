"""The floor: a Telegram bot that does nothing but poll, ask and send. It loses what it holds.

It shows typing, sends the first text at once and edits once a second, as tifo does, and
remembers twenty lines of each chat. No storage, no pace of its own: what is refused is
sent again when the platform says so.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import aiohttp
import msgspec

Json = dict[str, Any]

_INTERVAL = 1.0  # seconds between two edits
_KEPT = 20  # lines of a chat
_PERSONA = "You are a friendly guide. " * 80


class Floor:
    """One bot."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._api = f"{os.environ['TIFO_TELEGRAM_API']}/bot{os.environ['TIFO_TELEGRAM_TOKEN']}"
        self._model = f"{os.environ['TIFO_QWEN_URL']}/chat/completions"
        self._history: dict[int, list[Json]] = {}
        self._lanes: dict[int, asyncio.Lock] = {}

    async def run(self) -> None:
        offset = 0
        async with asyncio.TaskGroup() as group:
            while True:
                updates = await self._call("getUpdates", offset=offset, timeout=30)
                for update in updates:
                    offset = update["update_id"] + 1
                    group.create_task(self._turn(update["message"]))

    async def _turn(self, message: Json) -> None:
        chat = message["chat"]["id"]
        async with self._lanes.setdefault(chat, asyncio.Lock()):
            history = self._history.setdefault(chat, [])
            history.append({"role": "user", "content": message["text"]})
            answer = await self._answer(chat, history)
            history.append({"role": "assistant", "content": answer})
            del history[:-_KEPT]

    async def _answer(self, chat: int, history: list[Json]) -> str:
        typing = asyncio.create_task(self._call("sendChatAction", chat_id=chat, action="typing"))
        messages = [{"role": "system", "content": _PERSONA}, *history]
        body = {"model": "any", "stream": True, "messages": messages}
        text, shown, sent, last = "", "", 0, 0.0
        async with self._session.post(self._model, json=body) as response:
            async for line in response.content:
                text += _text(line)
                if text != shown and time.monotonic() - last > _INTERVAL:
                    shown, last = text, time.monotonic()
                    sent = await self._show(chat, sent, text)
        if text != shown:
            await self._show(chat, sent, text)
        await typing
        return text

    async def _show(self, chat: int, message: int, text: str) -> int:
        if message:
            await self._call("editMessageText", chat_id=chat, message_id=message, text=text)
            return message
        sent = await self._call("sendMessage", chat_id=chat, text=text)
        return int(sent["message_id"])

    async def _call(self, method: str, **body: object) -> Any:
        while True:
            async with self._session.post(f"{self._api}/{method}", json=body) as response:
                answer = msgspec.json.decode(await response.read())
            if answer["ok"] or "parameters" not in answer:
                return answer.get("result")
            await asyncio.sleep(answer["parameters"]["retry_after"])


def _text(line: bytes) -> str:
    if not line.startswith(b"data: {"):
        return ""
    choices = msgspec.json.decode(line[6:])["choices"]
    return choices[0]["delta"].get("content", "") if choices else ""


async def main() -> None:
    connector = aiohttp.TCPConnector(limit=0)
    encode = aiohttp.ClientSession(
        connector=connector, json_serialize=lambda body: msgspec.json.encode(body).decode()
    )
    async with encode as session:
        await Floor(session).run()


if __name__ == "__main__":
    asyncio.run(main())
