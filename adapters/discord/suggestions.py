"""What Discord shows below an option while somebody types: answered at once, by who hears it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.discord.commanded import to_options
from core.commands import BY_NAME
from core.errors import DeliveryError
from core.suggest import Asking, suggest

if TYPE_CHECKING:
    from adapters.discord.inbound import InteractionPayload
    from adapters.discord.rest import Rest
    from core.language.strings import Strings

TYPING = 4
"""Type of the interaction; discord.com/developers/docs/interactions/receiving-and-responding,
read 2026-11-25."""

_RESULT = 8  # callback type; same page
_TIME = 3.0  # seconds until Discord takes no answer any more; same page
_ENGLISH = "en"

_log = logging.getLogger(__name__)


def to_answer(
    payload: InteractionPayload, strings: Strings, languages: Sequence[str]
) -> dict[str, object]:
    """Return what an interaction of the type `TYPING` is answered with; pure.

    Args:
        payload: As Discord sent it.
        strings: Our own words.
        languages: BCP 47 tags of the bot.
    """
    spec = BY_NAME.get(payload.data.command)
    focused = next((o for o in payload.data.options if o.focused), None)
    choices: list[dict[str, str]] = []
    if spec is not None and focused is not None:
        asking = [
            Asking(
                spec=spec,
                option=option,
                typed=str(focused.value or ""),
                given=to_options(payload.data),
                language=payload.locale or _ENGLISH,
            )
            for option in spec.options
            if option.name == focused.name
        ]
        choices = [
            {"name": found.name, "value": found.value}
            for one in asking
            for found in suggest(one, strings, languages)
        ]
    return {"type": _RESULT, "data": {"choices": choices}}


class Suggestions:
    """Answers what comes over the gateway, in the background."""

    def __init__(self, rest: Rest, strings: Strings, languages: Sequence[str]) -> None:
        self._rest = rest
        self._strings = strings
        self._languages = languages
        self._answers: set[asyncio.Task[None]] = set()

    def take(self, payload: InteractionPayload) -> None:
        """Answer; what comes too late is no loss: the next letter asks again."""
        task = asyncio.create_task(self._answer(payload))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def close(self) -> None:
        """Answer nobody any more."""
        for task in self._answers:
            task.cancel()
        if self._answers:
            await asyncio.wait(self._answers)

    async def _answer(self, payload: InteractionPayload) -> None:
        try:
            async with asyncio.timeout(_TIME):
                await self._rest.call(
                    "POST",
                    "/interactions/{webhook_id}/{webhook_token}/callback",
                    object,
                    body=to_answer(payload, self._strings, self._languages),
                    webhook_id=payload.id,
                    webhook_token=payload.token,
                )
        except (DeliveryError, TimeoutError) as error:
            _log.info("nothing was suggested: %s", error)
