"""Sanctions: what is decided about a fan, carried out everywhere and told to them.

A moderator's command, a press in the review queue and a filter all go through `Sanctions.apply`.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence

import msgspec

from core.conversation import to_state
from core.erasure import find_dialogues
from core.errors import QwenError, TranslationError
from core.guard import clean, shorten
from core.house.standing import (
    Standing,
    remember_place,
    set_standing,
    standing_key,
    to_standing,
)
from core.language.contract import choose
from core.language.detect import Detection
from core.language.translation import Translator
from core.message import Action, Conversation, Dialogue, Reply, User, Verb
from core.moderation import audit
from core.moderation.cases import Case, Sanction, add_case, next_number, read_cases
from core.moderation.due import drop_unban, plan_unban
from core.moderation.told import to_note
from core.store import Store, Write, key
from core.voice import Voice
from core.worker import Turn

WARNINGS = 30 * 24 * 3600.0
"""Seconds that a warning counts."""

_RULE = User(id="", name="")
_VERBS: dict[Sanction, Verb] = {
    "mute": "timeout", "unmute": "release", "ban": "ban", "unban": "unban", "delete": "delete",
}  # fmt: skip
_UNHEARD = Detection(language="und", probability=0.0)
_MARKUP = re.compile(r"[`*_~\[\]<>|\\]+")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about a fan."""

    what: Sanction
    place: Conversation
    """Where it is about, and where the fan is told."""

    user: User
    """Whom; where only the id is known, the id is the name too."""

    by: User | None = None
    """None for a rule."""

    seconds: float = 0.0
    """How long a mute or ban lasts; 0 for good."""

    reason: str = ""
    message: str = ""
    """The platform's id of the message that it is about; what `delete` deletes."""


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes true with the turn, and what came of it so far."""

    case: Case
    warnings: int
    """Of the last thirty days, this one included."""

    writes: tuple[Write, ...]
    actions: tuple[Action, ...]
    replies: tuple[Reply, ...]
    """What the fan is told."""

    def hearing(self, answer: Reply) -> Effects:
        """Return the same, with its outcome told in an answer to the moderator.

        The answer is shown again under its own id, with a line more, by `core.moderation.told`.
        """
        note, by = to_note(answer), User(id=self.case.by, name=self.case.by_name)
        actions = tuple(
            msgspec.structs.replace(action, asked_by=by, answer_to=answer.conversation, note=note)
            for action in self.actions
        )
        return msgspec.structs.replace(self, actions=actions)


class Sanctions:
    """Carries sanctions out; what it reads is never older than the turn."""

    def __init__(self, voice: Voice, store: Store, translator: Translator | None = None) -> None:
        """`translator`: who brings a moderator's reason to a fan, where there is one."""
        self._voice = voice
        self._store = store
        self._translator = translator

    async def apply(self, turn: Turn, order: Order) -> Effects:
        """Return what a sanction changes; nothing has happened until the turn is committed.

        Raises:
            StoreError: Redis is away.
        """
        place, user, now = order.place, order.user, time.time()
        days = self._voice.bot.privacy.cases_days
        before = await read_cases(self._store, place, user.id, days=days)
        warnings = (order.what == "warn") + sum(
            case.what == "warn" and case.at > now - WARNINGS for case in before
        )
        case = _to_case(order, await next_number(self._store, place), now)
        old = to_standing(await self._store.get(standing_key(place, user.id)))
        standing = _change(old, order, now)
        standing = msgspec.structs.replace(standing, warnings=warnings, case=str(case.number))
        noted = audit.note(place, order.by or _RULE, order.what, whom=user.id, why=order.reason)
        return Effects(
            case=case,
            warnings=warnings,
            writes=(
                set_standing(place, user.id, standing),
                remember_place(place, user.id),
                *add_case(place, case, days=days),
                *_to_plan(order, standing),
                *noted,
            ),
            actions=_to_actions(order, case),
            replies=(await self._tell(turn, order, case),),
        )

    async def _tell(self, turn: Turn, order: Order, case: Case) -> Reply:
        """Tell the fan, privately where they have talked with the bot before."""
        place, user = order.place, order.user
        known = await find_dialogues(self._store, place.platform, user.id)
        private = next((name for name in known if name.endswith(":")), "")
        here = dialogue_key(place, user.id)
        rows = await self._store.get_all([key("memory", name) for name in (here, private, *known)])
        memory = next(filter(None, rows), b"")
        spoken = await self._spoken(turn, place)
        language = choose(
            to_state(memory, (), ()).memory.language,
            _UNHEARD,
            locale=user.locale,
            place=spoken,
            offered=self._voice.bot.languages,
            default=self._voice.bot.default_language,
        ).language
        return Reply(
            id=f"told:{place.platform}:{place.community}:{case.number}",
            conversation=to_private(private) if private else place,
            text=await self._to_text(order, language),
            language=language,
        )

    async def _spoken(self, turn: Turn, place: Conversation) -> dict[str, int]:
        if turn.requests[0].conversation == place:
            return dict(turn.state.spoken)
        rows = await self._store.fields(key("spoken", place.key))
        return {tag.decode(): int(count) for tag, count in rows.items()}

    async def _to_text(self, order: Order, language: str) -> str:
        strings = self._voice.strings
        name = plain(order.user.name)
        text = describe(
            self._voice, f"told.{order.what}", language, seconds=order.seconds, name=name
        )
        if order.reason:
            reason = await self._translate(order.reason, language)
            text += "\n" + strings.text("told.reason", language, reason=plain(reason, 300))
        if order.what in ("warn", "mute", "ban", "delete"):
            text += "\n" + strings.text("told.appeal", language)
        return text

    async def _translate(self, reason: str, language: str) -> str:
        """Return a reason as the fan reads it; as it was written where that cannot be done."""
        if self._translator is None or not self._translator.is_available:
            return reason
        try:
            return (await self._translator.translate(reason, language)).text
        except (TranslationError, QwenError):
            return reason


def dialogue_key(place: Conversation, user: str) -> str:
    """Return the key of the dialogue that a fan has in a place."""
    return Dialogue(conversation=place, user="" if place.is_direct else user).key


def to_private(dialogue: str) -> Conversation:
    """Return the private talk that has this key as a dialogue."""
    platform, community, channel, *_ = dialogue.split(":")
    return Conversation(platform=platform, community=community, channel=channel, is_direct=True)


def describe(
    voice: Voice, text: str, language: str, /, *, seconds: float = 0.0, **values: str
) -> str:
    """Return a text about a sanction: it, or `…_forever` where it has no end.

    Args:
        voice: Whose text.
        text: Its name, such as "told.mute".
        language: BCP 47 tag.
        seconds: How long it lasts; 0 for good.
        **values: What goes into it; what people wrote is to be `plain`.
    """
    if not seconds and text.endswith((".mute", ".ban")):
        return voice.strings.text(f"{text}_forever", language, **values)
    duration = voice.strings.format_duration(seconds, language)
    return voice.strings.text(text, language, duration=duration, **values)


def plain(text: str, limit: int = 60) -> str:
    """Return what a person wrote as one short line that means nothing in Markdown."""
    return shorten(" ".join(_MARKUP.sub(" ", clean(text)).split()), limit)


def _to_case(order: Order, number: int, now: float) -> Case:
    by = order.by or _RULE
    return Case(
        number=number,
        what=order.what,
        whom=order.user.id,
        name=shorten(clean(order.user.name), 60),
        by=by.id,
        by_name=shorten(clean(by.name), 60),
        why=order.reason,
        at=now,
        seconds=order.seconds,
        message=order.message,
    )


def _change(old: Standing, order: Order, now: float) -> Standing:
    until = now + order.seconds if order.seconds else math.inf
    match order.what:
        case "mute":
            return msgspec.structs.replace(old, muted_until=until)
        case "ban":
            return msgspec.structs.replace(old, banned_until=until)
        case "unmute":
            return msgspec.structs.replace(old, muted_until=0.0)
        case "unban":
            return msgspec.structs.replace(old, banned_until=0.0)
        case _:
            return old


def _to_plan(order: Order, standing: Standing) -> Sequence[Write]:
    """Plan the end of a ban, which not every platform knows; what was planned before is over."""
    if order.what == "ban" and order.seconds:
        return plan_unban(order.place, order.user.id, standing.banned_until)
    return (drop_unban(order.place, order.user.id),) if order.what in ("ban", "unban") else ()


def _to_actions(order: Order, case: Case) -> tuple[Action, ...]:
    verb = _VERBS.get(order.what)
    if verb is None or (verb == "delete" and not order.message):
        return ()
    place = order.place
    return (
        Action(
            id=f"action:case:{place.platform}:{place.community}:{case.number}",
            conversation=place,
            verb=verb,
            user=order.user.id,
            messages=(order.message,) if verb == "delete" else (),
            seconds=order.seconds,
            reason=order.reason,
        ),
    )
