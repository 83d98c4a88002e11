"""/settings: what moderators set in a community, shown, and changed one thing at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias, get_args

import msgspec

from core.ability import Ability
from core.guard import clean, shorten
from core.house.community import Community, ReplyWhen, change_community
from core.language.contract import parse_language
from core.language.tongues import find_language
from core.message import Button, Command, Conversation, Press, Request
from core.moderation import audit
from core.moderation.desk import Desk
from core.moderation.presses import refuse_press
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

Change: TypeAlias = Callable[[Community], Community]

_BETWEEN = re.compile(r"[,;\n]+")
_OFF = ("off", "-", "0")
_TONE = 200
_MOST = {"limit": 1000, "tokens": 1_000_000_000}
_MODES = get_args(ReplyWhen)


class Settings:
    """Shows and changes what is set in a community."""

    def __init__(self, voice: Voice, store: Store, desk: Desk) -> None:
        self._voice = voice
        self._store = store
        self._desk = desk
        self.ability = Ability(
            commands={"settings": self._on_command}, presses={"set": self._on_press}
        )

    async def _on_command(self, turn: Turn, command: Command) -> Commit:
        name = command.options.get("setting", "")
        value = command.options.get("value", "").strip()
        if not name or not value:
            return self._show(turn, turn.state.community, name)
        return await self._set(turn, command, name, value)

    async def _on_press(self, turn: Turn, press: Press, value: str) -> Commit:
        """Set what a button stands for, such as "reply:never"."""
        if refusal := refuse_press(self._voice, turn, press, "manage"):
            return refusal
        name, _, given = value.partition(":")
        return await self._set(turn, press, name, given)

    async def _set(self, turn: Turn, request: Request, name: str, value: str) -> Commit:
        if name == "desk":
            return await self._set_desk(turn, request, value)
        change = self._to_change(turn, name, value)
        if change is None:
            return self._say(
                turn, "settings.wrong", text=plain(value, 40), setting=self._label(turn, name)
            )
        community = await change_community(self._store, request.conversation, change)
        who = self._voice.with_rights(request)
        noted = audit.note(request.conversation, who, "settings", why=f"{name}: {value}")
        return with_effects(self._show(turn, community, name), writes=noted)

    async def _set_desk(self, turn: Turn, request: Request, value: str) -> Commit:
        """Set where flags are posted: here, nowhere, or at the desk that a code stands for."""
        place: Conversation | None = request.conversation
        if self._is_choice(turn, "everywhere", value):
            # Here, also for private talks and communities that have none of their own.
            if not self._voice.is_operator(request):
                return self._say(turn, "refused.operator")
            place, value = None, "here"
        is_off = value.casefold() in (*_OFF, self._choice(turn, "off"))
        is_here = self._is_choice(turn, "here", value)
        value = "off" if is_off else "here" if is_here else value
        linked = await self._desk.link(turn, value)
        commit = self._voice.say(turn, linked.text)
        if not linked.is_known:
            return commit
        await change_community(
            self._store,
            place,
            lambda community: msgspec.structs.replace(community, desk=linked.desk),
        )
        who = self._voice.with_rights(request)
        why = _to_name(linked.desk) or "off"
        noted = audit.note(request.conversation, who, "settings", why=f"desk: {why}")
        return with_effects(commit, writes=(*noted, *linked.writes))

    def _to_change(self, turn: Turn, name: str, value: str) -> Change | None:
        """Return how a value changes what is set; None for one that is not possible."""
        field, new = name, self._read(turn, name, value)
        if new is _WRONG:
            return None
        field = "reply_when" if name == "reply" else name
        return lambda community: msgspec.structs.replace(community, **{field: new})

    def _read(self, turn: Turn, name: str, value: str) -> object:
        is_off = value.casefold() in (*_OFF, self._choice(turn, "off"))
        match name:
            case "reply":
                return next((m for m in _MODES if self._is_choice(turn, m, value)), _WRONG)
            case "languages":
                return () if is_off else self._read_languages(value)
            case "tone":
                return "" if is_off else shorten(" ".join(clean(value).split()), _TONE)
            case "limit" | "tokens":
                is_number = value.isdecimal() and int(value) <= _MOST[name]
                return 0 if is_off else int(value) if is_number else _WRONG
            case "language":
                offered = self._voice.bot.languages
                found = find_language(value, speakers=(*offered, "en"), offered=offered)
                return "" if is_off else found or _WRONG
            case _:
                return _WRONG

    def _read_languages(self, value: str) -> object:
        offered = self._voice.bot.languages
        wishes = [wish.strip() for wish in _BETWEEN.split(value) if wish.strip()]
        found = [parse_language(wish, offered) for wish in wishes]
        return _WRONG if None in found or not found else tuple(dict.fromkeys(found))

    def _is_choice(self, turn: Turn, choice: str, value: str) -> bool:
        return value.casefold() in (choice, self._choice(turn, choice))

    def _choice(self, turn: Turn, choice: str) -> str:
        return self._voice.text(turn, f"choice.{choice}").casefold()

    def _label(self, turn: Turn, name: str) -> str:
        return self._voice.text(turn, f"choice.{name}")

    def _show(self, turn: Turn, community: Community, name: str) -> Commit:
        """Show all that is set, or one thing of it."""
        rows = {
            shown: f"- {self._label(turn, shown)}: {self._value(turn, community, shown)}"
            for shown in ("reply", "languages", "tone", "limit", "tokens", "desk", "language")
        }
        text = rows.get(name) or "\n".join(rows.values())
        buttons = [
            Button(id=f"set:reply:{mode}", label=self._voice.text(turn, f"choice.{mode}"))
            for mode in _MODES
            if name in ("", "reply") and mode != community.reply_when
        ]
        return self._voice.say(turn, text, buttons=buttons)

    def _value(self, turn: Turn, community: Community, name: str) -> str:
        voice, language = self._voice, self._voice.language(turn)
        usual = voice.text(turn, "settings.usual")
        match name:
            case "reply":
                return voice.text(turn, f"choice.{community.reply_when}")
            case "languages":
                names = [voice.strings.language_name(t, language) for t in community.languages]
                return voice.strings.format_list(names, language) if names else usual
            case "tone":
                return plain(community.tone, _TONE) or usual
            case "limit" | "tokens":
                number = community.limit if name == "limit" else community.tokens
                return voice.strings.format_number(number, language) if number else usual
            case "desk":
                return _to_name(community.desk) or voice.text(turn, "choice.off")
            case _:
                tag = community.language or voice.bot.default_language
                return voice.strings.language_name(tag, language)

    def _say(self, turn: Turn, name: str, /, **values: str) -> Commit:
        return self._voice.say(turn, self._voice.text(turn, name, **values))


_WRONG = object()
"""What is no possible value."""


def _to_name(place: Conversation | None) -> str:
    """Name a place for people; platforms show no more of it than its number."""
    if place is None:
        return ""
    return f"{place.platform.capitalize()} {place.thread or place.channel}"
