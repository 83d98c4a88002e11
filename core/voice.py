"""What the bot itself says: in which language, to whom, and how such a turn ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeAlias, get_args

import msgspec

from core.bot import Bot
from core.commands import BY_NAME
from core.conversation import Memory, to_bytes
from core.language.contract import choose
from core.language.detect import Detection
from core.language.strings import Strings
from core.message import Action, Button, Command, Dialogue, File, Reply, Request, Right, User
from core.protocol import Commit
from core.store import Write
from core.worker import Turn

Show: TypeAlias = Callable[[Dialogue, Reply], Awaitable[None]]
"""Shows a snapshot on the way; may skip it, never fails, returns at once."""

_UNHEARD = Detection(language="und", probability=0.0)


class Voice:
    """Speaks for the bot."""

    def __init__(self, bot: Bot, strings: Strings, *, operators: Collection[str] = ()) -> None:
        """`operators`: who may do everything everywhere, as "discord:123"."""
        self.bot = bot
        self.strings = strings
        self._operators = frozenset(operators)

    def is_operator(self, request: Request) -> bool:
        """Tell whether who wrote runs this bot."""
        return f"{request.conversation.platform}:{request.user.id}" in self._operators

    def with_rights(self, request: Request) -> User:
        """Return who wrote, with every right where they run this bot."""
        if not self.is_operator(request):
            return request.user
        return msgspec.structs.replace(request.user, rights=frozenset(get_args(Right)))

    def language(self, turn: Turn) -> str:
        """Return the language for what the bot itself says: spoken here before, or the locale."""
        event = turn.requests[0]
        return choose(
            turn.state.memory.language,
            _UNHEARD,
            locale=event.user.locale,
            place=turn.state.spoken,
            offered=self.bot.languages,
            default=self.bot.default_language,
        ).language

    def text(self, turn: Turn, name: str, /, **values: str | int) -> str:
        """Return one of our texts in the language of who wrote."""
        return self.strings.text(name, self.language(turn), **values)

    def say(
        self,
        turn: Turn,
        text: str,
        *,
        buttons: Sequence[Button] = (),
        files: Sequence[File] = (),
        memory: Memory | None = None,
    ) -> Commit:
        """End a turn with the bot's own words, which do not become part of the history."""
        language = (memory or turn.state.memory).language.language or self.language(turn)
        reply = self.reply(turn, turn.requests[-1], text, language)
        reply = msgspec.structs.replace(reply, buttons=tuple(buttons), files=tuple(files))
        return msgspec.structs.replace(self.keep_silent(turn, memory=memory), replies=(reply,))

    def keep_silent(self, turn: Turn, *, memory: Memory | None = None) -> Commit:
        """End a turn without a word."""
        return Commit(memory=to_bytes(memory or turn.state.memory), drop=turn.state.lost)

    def reply(
        self, turn: Turn, request: Request, text: str, language: str, *, is_final: bool = True
    ) -> Reply:
        """Return a snapshot of the answer to a turn."""
        spec = BY_NAME.get(request.name) if isinstance(request, Command) else None
        return Reply(
            # From the first request: a turn done again may have gained some, and edits its reply.
            id=f"reply:{turn.requests[0].id}",
            conversation=request.conversation,
            text=text,
            is_final=is_final,
            reply_to=request.id,
            only_for=request.user.id if spec is not None and spec.is_private else None,
            language=language,
            shows_mentions=spec is not None and spec.name == "translate",
            epoch=turn.epoch,
            begun_at=turn.begun_at,
        )


def with_effects(
    commit: Commit,
    *,
    writes: Sequence[Write] = (),
    actions: Sequence[Action] = (),
    replies: Sequence[Reply] = (),
) -> Commit:
    """Return a commit that does more: all of it becomes true in one step."""
    return msgspec.structs.replace(
        commit,
        writes=(*commit.writes, *writes),
        actions=(*commit.actions, *actions),
        replies=(*commit.replies, *replies),
    )
