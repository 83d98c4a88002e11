"""The moderators' desk: where flags are posted, in the moderators' language."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from core.errors import QwenError, TranslationError
from core.guard import clean, shorten
from core.house.community import EVERYWHERE, Community, community_key, to_community
from core.language.tongues import is_same
from core.message import Button, Conversation, Reply
from core.moderation import flag as queue
from core.moderation.flag import Flag, FlagKind, FlagVerb, Same, Taken
from core.moderation.links import to_link
from core.store import Store, Write, key

if TYPE_CHECKING:
    from core.language.translation import Translator
    from core.voice import Voice
    from core.worker import Turn

__all__ = ["Desk", "Flag", "Linked", "Raised", "Same"]

CODE = 3600
"""Seconds in which a code links another community to a desk."""

_TEXT, _REASON, _LINE = 700, 400, 160
"""Characters of a text, and of a line around it, that a post shows: a post is one message."""

_PATIENCE = 8.0
"""Seconds that a fan's turn waits for a translation for moderators."""

_PLAIN: tuple[FlagVerb, ...] = ("dismiss", "warn", "mute", "ban", "delete")
VERBS: dict[FlagKind, tuple[FlagVerb, ...]] = {
    "report": _PLAIN,
    "filter": _PLAIN,
    "guard": _PLAIN,
    "appeal": ("dismiss", "release"),
    "handoff": ("dismiss",),
    "raid": ("dismiss",),
    "budget": ("dismiss",),
}
"""What can be decided, by kind."""

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Conversation).decode


Raised: TypeAlias = tuple[tuple[Write, ...], tuple[Reply, ...]]
"""What a flag adds to a turn."""


class Linked(msgspec.Struct, frozen=True):
    """What `/settings desk` comes to."""

    desk: Conversation | None
    text: str
    """For the moderator, in their language."""

    writes: tuple[Write, ...] = ()
    is_known: bool = True
    """False: there is no such desk, and all stays as it is."""


class Desk:
    """Puts flags into the queue and before the moderators."""

    def __init__(self, voice: Voice, store: Store, translator: Translator | None) -> None:
        self._voice = voice
        self._store = store
        self._translator = translator

    async def raise_flag(
        self,
        turn: Turn,
        flag: Flag,
        *,
        same: Same | None = None,
        buttons: Sequence[Button] | None = None,
    ) -> Raised:
        """Raise a flag with this turn.

        Args:
            turn: The turn in which it comes up.
            flag: Without id, translation and desk.
            same: What makes it the same as another: then that one counts up. None is always new.
            buttons: Instead of those that decide.

        Raises:
            StoreError: Redis is away.
        """
        community = await self.community(turn, flag.place)
        if same is None:
            number = await queue.next_number(self._store, queue.key_of(flag.place))
            return await self._post(community, msgspec.structs.replace(flag, id=number), buttons)
        counted = await queue.count_in(self._store, queue.key_of(flag.place), same)
        if counted.taken is not None:  # decided: it is not asked again
            return (), ()
        if counted.standing is None:
            flag = msgspec.structs.replace(flag, id=counted.id, count=counted.count)
            return await self._post(community, flag, buttons)
        more = msgspec.structs.replace(counted.standing, count=counted.count)
        if more == counted.standing:
            return (), ()
        return queue.put(more), self.posts(community, more, buttons=buttons)

    async def community(self, turn: Turn, place: Conversation) -> Community:
        """Return what is set in a community; where it sets no desk or language, everywhere's.

        Raises:
            StoreError: Redis is away.
        """
        here = turn.requests[0].conversation
        if queue.key_of(place) == queue.key_of(here):
            own, everywhere = turn.state.community, turn.state.everywhere
        else:
            names = [community_key(place), key("community", EVERYWHERE)]
            own, everywhere = map(to_community, await self._store.get_all(names))
        return msgspec.structs.replace(
            own,
            desk=own.desk or everywhere.desk,
            language=own.language or everywhere.language or self._voice.bot.default_language,
        )

    def posts(
        self,
        community: Community,
        flag: Flag,
        *,
        taken: Taken | None = None,
        buttons: Sequence[Button] | None = None,
    ) -> tuple[Reply, ...]:
        """Return the post of a flag at its desk, as it stands now; () where there is none."""
        if flag.desk is None:
            return ()
        shown = self.buttons(flag, community.language) if buttons is None else tuple(buttons)
        return (
            Reply(
                id=f"flag:{':'.join(queue.key_of(flag.place))}:{flag.id}",
                conversation=flag.desk,
                text=self.render(flag, community.language, taken=taken),
                buttons=shown if taken is None else (),
                language=community.language,
            ),
        )

    def buttons(self, flag: Flag, language: str, *, mark: str = "") -> tuple[Button, ...]:
        """Return a button for each decision; `mark` stands before each label."""
        ours = ":".join((*queue.key_of(flag.place), flag.id))
        verbs = [verb for verb in VERBS[flag.kind] if _fits(verb, flag)]
        return tuple(
            Button(id=f"flag:{verb}:{ours}", label=f"{mark}{self.verb(verb, flag, language)}")
            for verb in verbs
        )

    def verb(self, verb: str, flag: Flag, language: str) -> str:
        """Return what a decision is called."""
        own = "stays" if verb == "dismiss" and flag.kind == "appeal" else verb
        return self._voice.strings.text(f"flag.do_{own}", language)

    def render(
        self, flag: Flag, language: str, *, taken: Taken | None = None, limit: int = _TEXT
    ) -> str:
        """Write a flag out for moderators: what a fan wrote is quoted and does nothing.

        Args:
            flag: With its translation.
            language: What moderators read.
            taken: Who decided, if somebody did.
            limit: Characters of each text.
        """

        def say(name: str, /, **values: str | int) -> str:
            return self._voice.strings.text(f"flag.{name}", language, **values)

        head = [f"**{say(flag.kind)} #{flag.id}**"]
        head += [inert(flag.rule, _REASON)] if flag.rule else []
        head += [f"{flag.sure:.0%}"] if flag.sure < 1 else []
        head += [f"×{flag.count}"] if flag.count > 1 else []
        rows = [" · ".join(head)]
        who = f"{inert(flag.name)} ({inert(flag.user)})" if flag.user else ""
        rows.append(" · ".join(filter(None, (who, to_link(flag.place, flag.message)))))
        rows += [say("by", name=inert(flag.by))] if flag.by else []
        rows += [say("reason", reason=inert(flag.reason, _REASON))] if flag.reason else []
        rows += [quoted(shorten(flag.text, limit))] if flag.text else []
        if flag.translation:
            name = self._voice.strings.language_name
            heading = say("machine", source=name(flag.source, language) if flag.source else "?")
            rows += [heading, quoted(shorten(flag.translation, limit))]
        if flag.context:
            lines = "\n".join(shorten(line, _LINE) for line in flag.context)
            rows += [say("context"), quoted(lines)]
        if taken is not None:
            what = self.verb(taken.verb, flag, language)
            rows.append(f"**{say('decided', name=inert(taken.name), what=what)}**")
        return "\n".join(filter(None, rows))

    async def link(self, turn: Turn, value: str) -> Linked:
        """Answer `/settings desk VALUE`: "here", "off", or a code from another desk.

        Raises:
            StoreError: Redis is away.
        """
        value = value.strip().casefold()
        if value == "off":
            return Linked(None, self._voice.text(turn, "desk.off"))
        if value == "here":
            place, code = turn.requests[0].conversation, secrets.token_hex(5)
            text = self._voice.text(turn, "desk.here", code=code)
            kept = Write("SET", key("desk", code), (_encode(place), "EX", CODE))
            return Linked(place, text, (kept,))
        row = await self._store.get(key("desk", value)) if value.isalnum() else b""
        if not row:
            return Linked(None, self._voice.text(turn, "desk.unknown"), is_known=False)
        return Linked(_decode(row), self._voice.text(turn, "desk.linked"))

    async def _post(
        self, community: Community, flag: Flag, buttons: Sequence[Button] | None
    ) -> Raised:
        flag = msgspec.structs.replace(
            flag, desk=community.desk, text=shorten(clean(flag.text), 2 * _TEXT)
        )
        flag = await self.translated(flag, community.language)
        return queue.put(flag), self.posts(community, flag, buttons=buttons)

    async def translated(self, flag: Flag, language: str) -> Flag:
        """Return a flag with its translation into a language, where it needs one and has one."""
        flag, translator = msgspec.structs.replace(flag, translation=""), self._translator
        if not flag.text or translator is None or not translator.is_available:
            return flag
        source = translator.detect(flag.text)
        flag = msgspec.structs.replace(flag, source=source)
        if source and is_same(source, language):
            return flag
        try:
            async with asyncio.timeout(_PATIENCE):
                made = await translator.translate(flag.text, language, source=source)
        except (QwenError, TranslationError, TimeoutError) as error:
            _log.warning("a flag goes without translation: %s", error)
            return flag
        text = made.text if made.text != flag.text else ""
        return msgspec.structs.replace(flag, translation=text)


def quoted(text: str) -> str:
    """Return a text as a block in which nothing comes alive and out of which nothing breaks."""
    plain = clean(text).replace("`", "ˋ").replace("~~~", "∼∼∼")
    return f"```\n{plain}\n```"


def inert(text: str, limit: int = _LINE) -> str:
    """Return a text, at most so many characters, as a piece of a line that does nothing."""
    plain = " ".join(shorten(clean(text), limit).replace("`", "ˋ").split())
    return f"`{plain}`" if plain else ""


def _fits(verb: FlagVerb, flag: Flag) -> bool:
    """Tell whether a decision makes sense of a flag."""
    if verb in ("warn", "mute", "ban"):
        return bool(flag.user)
    if verb == "release":
        return flag.can_release
    return verb != "delete" or bool(flag.message)
