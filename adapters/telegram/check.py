"""Looks whether Telegram takes the token, without starting anything."""

from __future__ import annotations

import aiohttp
import msgspec

_TIMEOUT = aiohttp.ClientTimeout(total=10)

_PRIVACY = {
    False: (
        "; privacy mode is on: in groups it sees commands, mentions and answers to it only, so"
        " filters and purges see no more, unless it is an administrator there"
        " (@BotFather: /setprivacy, then add it to the group again)"
    ),
    True: "; privacy mode is off: in groups it sees whatever is written",
}
"""core.telegram.org/bots/features#privacy-mode, read 2026-11-25."""


class _Bot(msgspec.Struct, frozen=True):
    username: str
    can_read_all_group_messages: bool = False


class _Me(msgspec.Struct, frozen=True):
    result: _Bot


class _Webhook(msgspec.Struct, frozen=True):
    url: str = ""
    pending_update_count: int = 0
    last_error_message: str = ""


class _Info(msgspec.Struct, frozen=True):
    result: _Webhook


async def check(token: str, *, api: str, webhook: str = "") -> tuple[bool, str]:
    """Return whether all is well, and one sentence for the operator.

    Args:
        token: The bot's.
        api: The Bot API's address.
        webhook: Where updates shall be posted to; "" where they are polled for.
    """
    base = f"{api}/bot{token}"
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            async with session.get(f"{base}/getMe", allow_redirects=False) as answer:
                if answer.status in (401, 404):
                    return False, "TIFO_TELEGRAM_TOKEN is refused; @BotFather tells it: /mybots."
                if answer.status != 200:
                    return False, f"{api} answers with status {answer.status}."
                me = msgspec.json.decode(await answer.read(), type=_Me).result
            async with session.get(f"{base}/getWebhookInfo", allow_redirects=False) as answer:
                hook = msgspec.json.decode(await answer.read(), type=_Info).result
    except (aiohttp.ClientError, TimeoutError):
        # The error's own text would show the address, and the token in it.
        return False, f"{api} cannot be reached."
    except msgspec.DecodeError:
        return False, f"{api} does not answer like the Bot API; is TIFO_TELEGRAM_API right?"
    if hook.url == webhook and hook.pending_update_count and hook.last_error_message:
        return False, f"Telegram cannot post to the webhook: {hook.last_error_message}."
    if hook.url and hook.url != webhook:
        return False, "Another program has set a webhook for this bot; it would get the messages."
    return True, f"@{me.username} answers{_PRIVACY[me.can_read_all_group_messages]}"
