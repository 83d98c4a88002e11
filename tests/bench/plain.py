"""A competent developer's evening: python-telegram-bot as it comes, and OpenAI's own client.

It edits once a second, remembers twenty messages of a chat in a dict and lets updates run side
by side. OpenAI's client is no dependency of tifo: install it by hand where this is to be run.
"""

from __future__ import annotations

import importlib
import os
import time
from collections import defaultdict
from typing import Any

from telegram import Update
from telegram.constants import ChatAction
from telegram.ext import Application, ContextTypes, MessageHandler, filters

_INTERVAL = 1.0  # seconds between two edits
_KEPT = 20  # messages of a chat
_PERSONA = "You are a friendly guide. " * 80

_client: Any = importlib.import_module("openai").AsyncOpenAI(
    base_url=os.environ["TIFO_QWEN_URL"], api_key="any"
)
_history: defaultdict[int, list[dict[str, str]]] = defaultdict(list)


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.message
    if message is None:
        return
    chat = message.chat
    await chat.send_action(ChatAction.TYPING)
    history = _history[chat.id]
    history.append({"role": "user", "content": message.text or ""})
    messages = [{"role": "system", "content": _PERSONA}, *history[-_KEPT:]]
    stream = await _client.chat.completions.create(model="any", messages=messages, stream=True)
    text, shown, sent, last = "", "", None, 0.0
    async for chunk in stream:
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
        if text != shown and time.monotonic() - last > _INTERVAL:
            shown, last = text, time.monotonic()
            if sent is None:
                sent = await message.reply_text(text)
            else:
                await sent.edit_text(text)
    if sent is None:
        await message.reply_text(text)
    elif text != shown:
        await sent.edit_text(text)
    history.append({"role": "assistant", "content": text})


def main() -> None:
    application = (
        Application.builder()
        .token(os.environ["TIFO_TELEGRAM_TOKEN"])
        .base_url(os.environ["TIFO_TELEGRAM_API"] + "/bot")
        .concurrent_updates(True)
        .connection_pool_size(512)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, answer))
    application.run_polling()


if __name__ == "__main__":
    main()
