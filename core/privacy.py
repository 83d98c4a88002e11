"""What a fan may know and have deleted: /privacy, /mydata, /forget, and /forget-user."""

from __future__ import annotations

import time
from collections.abc import Collection

import msgspec

from core.ability import Ability
from core.conversation import to_bytes
from core.erasure import Erasure, erase, find_dialogues, gather
from core.message import Command, File
from core.moderation import audit
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn


class Privacy:
    """Tells what is kept of a fan, hands it over, and lets it go."""

    def __init__(self, voice: Voice, store: Store, *, hides: Collection[str]) -> None:
        """`hides`: platforms that can show a fan something that nobody else in a group sees."""
        self._voice = voice
        self._store = store
        self._hides = frozenset(hides)
        self.ability = Ability(
            commands={
                "privacy": self._on_privacy,
                "mydata": self._on_mydata,
                "forget": self._on_forget,
                "forget-user": self._on_forget_user,
            }
        )

    async def _on_privacy(self, turn: Turn, command: Command) -> Commit:
        bot = self._voice.bot
        kept = self._voice.text(turn, "privacy.kept", days=bot.privacy.memory_days)
        model = self._voice.text(turn, "privacy.model", bot=bot.name)
        rights = self._voice.text(turn, "privacy.forget")
        return self._voice.say(turn, "\n\n".join((kept, model, rights)))

    async def _on_mydata(self, turn: Turn, command: Command) -> Commit:
        place = command.conversation
        if not place.is_direct and place.platform not in self._hides:
            return self._voice.say(turn, self._voice.text(turn, "mydata.private"))
        dialogues = await find_dialogues(self._store, place.platform, command.user.id)
        found = await gather(self._store, place.platform, command.user.id, dialogues)
        content = {
            "platform": place.platform,
            "user": command.user.id,
            "name": command.user.name,
            "made_at": command.sent_at,
            "kept": found,
        }
        text = msgspec.json.format(msgspec.json.encode(content, order="sorted"), indent=2)
        file = File(name="mydata.json", media_type="application/json", content=text)
        return self._voice.say(turn, self._voice.text(turn, "mydata.done"), files=(file,))

    async def _on_forget(self, turn: Turn, command: Command) -> Commit:
        place = command.conversation
        dialogues = await find_dialogues(self._store, place.platform, command.user.id)
        order = Erasure(
            platform=place.platform,
            user=command.user.id,
            keeps_cases=self._voice.bot.privacy.keeps_cases,
            dialogues=tuple(dialogues),
            at=time.time(),
        )
        commit = self._voice.say(turn, self._voice.text(turn, "forget.done"))
        # What the place heard from them goes with the turn, the rest a moment later.
        talk = [to_bytes(t) for t in turn.state.place if t.user == command.user.id]
        commit = msgspec.structs.replace(commit, memory=b"", retracted=talk)
        return with_effects(commit, writes=erase(order))

    async def _on_forget_user(self, turn: Turn, command: Command) -> Commit:
        """Erase what is kept of somebody in this community; everywhere for who runs the bot."""
        place, whom = command.conversation, command.options.get("person", "")
        if not whom:
            return self._voice.say(turn, self._voice.text(turn, "option.person"))
        community = "" if self._voice.is_operator(command) else place.community
        dialogues = await find_dialogues(self._store, place.platform, whom, community)
        order = Erasure(
            platform=place.platform,
            user=whom,
            community=community,
            dialogues=tuple(dialogues),
            at=time.time(),
        )
        who = self._voice.with_rights(command)
        noted = audit.note(place, who, command.name, whom=whom)
        done = self._voice.say(turn, self._voice.text(turn, "forget_user.done"))
        return with_effects(done, writes=(*erase(order), *noted))
