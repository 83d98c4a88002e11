"""What fans and moderators say to each other across languages, and how it read before."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence

import msgspec

from core.ability import Ability
from core.bot import Term
from core.errors import QwenError, TranslationError
from core.guard import shorten
from core.house.community import Community, community_key, to_community
from core.house.handoff import Handoff
from core.language.translation import LONGEST, Translator
from core.message import Button, Conversation, Press, Reply
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import ORIGINAL, Store, Write, key
from core.voice import Voice
from core.worker import Turn

_PATIENCE = 15.0
"""Seconds that what a fan says waits for its translation: then moderators get it as it is."""

_log = logging.getLogger(__name__)


class Relayed(msgspec.Struct, frozen=True, kw_only=True):
    """Words on their way to the other side."""

    reply: Reply
    writes: tuple[Write, ...]
    text: str
    """As it is read there."""


class Relay:
    """Brings words from one side of a handoff to the other."""

    def __init__(self, voice: Voice, store: Store, translator: Translator | None) -> None:
        self._voice = voice
        self._store = store
        self._translator = translator
        self.ability = Ability(presses={"original": self._on_original})

    async def settings(self, desk: Conversation) -> Community:
        """Return what is set where the moderators of a desk are.

        Raises:
            StoreError: Redis is away.
        """
        return to_community(await self._store.get(community_key(desk)))

    async def to_desk(
        self, handoff: Handoff, text: str, request: str, *, files: Sequence[str] = ()
    ) -> Relayed:
        """Bring a fan's words to the moderators; as they are where nobody can translate them.

        Args:
            handoff: Whose.
            text: What the fan wrote, or "".
            request: Id of the event.
            files: Names of what came with it; the files themselves stay where they are.

        Raises:
            StoreError: Redis is away.
        """
        said, is_read = await self.translate_for_desk(handoff, text)
        note = "" if is_read else f"\n_{self._say('handoff.untranslated', handoff.language)}_"
        rows = [*filter(None, [said]), *(f"📎 {name}" for name in files)] or ["…"]
        quoted = to_quote("\n".join(rows))
        shown = f"{to_head(handoff)}**{plain(handoff.name)}:**\n{quoted}{note}"
        draft = Reply(
            id=f"relay:{request}",
            conversation=handoff.desk,
            text=shown,
            language=handoff.language,
        )
        return self._pack(handoff, draft, text, said)

    async def translate_for_desk(self, handoff: Handoff, text: str) -> tuple[str, bool]:
        """Return a text as moderators read it, and whether they can.

        Raises:
            StoreError: Redis is away.
        """
        terms = (await self.settings(handoff.desk)).terms
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._translate(text, handoff.language, terms), True
        except (TranslationError, QwenError, TimeoutError) as error:
            _log.warning("moderators read a fan's words as they are: %s", type(error).__name__)
            return text, False

    async def to_fan(self, handoff: Handoff, text: str, request: str) -> Relayed:
        """Bring a moderator's words to the fan.

        Raises:
            QwenError: There is no model to translate them, or it refuses.
            StoreError: Redis is away.
            TranslationError: They cannot be translated without damage, or are too long.
        """
        terms = (await self.settings(handoff.desk)).terms
        said = await self._translate(text, handoff.reads, terms)
        label = self._say("handoff.team", handoff.reads)
        if not handoff.place.is_direct:
            label = self._say("handoff.team_to", handoff.reads, name=plain(handoff.name))
        shown = f"**{label}:** {said}"
        draft = Reply(
            id=f"relay:{request}",
            conversation=handoff.place,
            text=shown,
            language=handoff.reads,
        )
        return self._pack(handoff, draft, text, said)

    def _pack(self, handoff: Handoff, draft: Reply, original: str, said: str) -> Relayed:
        """Put a button under a post that shows how it read before.

        The fan's id stays with that, so that an erasure finds it.
        """
        place, language = draft.conversation, draft.language
        name = hashlib.sha256(f"{place.key} {draft.id}".encode()).hexdigest()[:16]
        buttons: tuple[Button, ...] = ()
        writes: tuple[Write, ...] = ()
        if said != original:
            label = self._say("handoff.original", language)
            buttons = (Button(id=f"original:{name}", label=label),)
            row = f"{handoff.dialogue} {handoff.fan}\n{original}"
            writes = (Write("SET", _original(place, name), (row, "EX", ORIGINAL)),)
        reply = msgspec.structs.replace(draft, buttons=buttons)
        return Relayed(reply=reply, writes=writes, text=said)

    async def _translate(self, text: str, target: str, terms: tuple[Term, ...]) -> str:
        if self._translator is None:
            raise TranslationError("nobody translates here")
        made = await self._translator.translate(text, target, terms=terms)
        return made.text

    async def _on_original(self, turn: Turn, press: Press, value: str) -> Commit:
        """Show it to who asks, and only where the translation stands."""
        found = await self._store.get(_original(press.conversation, value))
        text = (
            to_quote(found.decode().partition("\n")[2])
            if found
            else self._voice.text(turn, "button.expired")
        )
        commit = self._voice.say(turn, text)
        (reply,) = commit.replies
        hidden = msgspec.structs.replace(reply, only_for=press.user.id)
        return msgspec.structs.replace(commit, replies=(hidden,))

    def _say(self, name: str, language: str, /, **values: str) -> str:
        return self._voice.strings.text(name, language, **values)


def to_head(handoff: Handoff) -> str:
    """Return what a post about a handoff begins with: its number, where no thread says it."""
    return "" if handoff.desk.thread else f"#{handoff.case} "


def to_quote(text: str) -> str:
    """Return foreign words so that none of their lines can pass for the bot's."""
    return "\n".join(f"> {line}" for line in shorten(text, LONGEST).split("\n"))


def _original(place: Conversation, name: str) -> str:
    return key("original", f"{place.platform}:{place.community}:{place.channel}:{name}")
