"""Discord on loopback: REST and gateway for the real library, and hands for a test's fans.

`FakeDiscord` fails the test at its end if a request broke Discord's own description.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from tests.fakes import discord_world as world
from tests.fakes.discord_gateway import MESSAGE_CONTENT, FakeGateway
from tests.fakes.discord_post import Post
from tests.fakes.discord_rest import API, FakeRest
from tests.fakes.discord_values import Call, Deed, Fault, Interaction, Shown

Json = dict[str, Any]


class FakeDiscord:
    """A Discord with one bot in it; use as `async with`."""

    def __init__(self, *, token: str = "MTAw.fake.discord-token") -> None:
        self.token = token
        self.api = ""
        self.world = world.World()
        self.server = FakeGateway(token=token, greeting=self.world.greeting)
        self.post = Post()
        self.rest = FakeRest(
            token=token, places=self.world, gateway=lambda: self.server.url, tell=self._tell
        )
        self.rest.verify_key = self.post.public_key
        self._telling: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def gateway(self) -> str:
        """Return the WebSocket's address."""
        return self.server.url

    @property
    def calls(self) -> list[Call]:
        """Return every request of the bot's, in order."""
        return self.rest.calls

    @property
    def pings(self) -> list[str]:
        """Return the mentions that would have rung somewhere."""
        return self.rest.pings

    def done_to(self, whom: str) -> list[Deed]:
        """Return what the bot did to a person, message or place, by name or id."""
        return [deed for deed in self.rest.deeds.done if deed.whom == world.snowflake(whom)]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", API + "/{tail:.*}", self.rest.answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api = f"http://127.0.0.1:{self._runner.addresses[0][1]}{API}"
        await self.server.start()
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        await self.server.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if error is None:
            assert not self.rest.violations, "\n".join(self.rest.violations)

    async def say(
        self,
        *,
        user: str = "Ken",
        text: str,
        channel: str = "general",
        guild: str | None = None,
        thread: str | None = None,
        mention: bool = False,
        reply_to: str | None = None,
        is_moderator: bool = False,
        is_heard: bool = True,
        **more: object,
    ) -> str:
        """Write a message and return its id; without a guild it is a direct one.

        Args:
            user: Display name; the id is made of it.
            text: As typed.
            channel: Name or id; for a thread or forum post its parent.
            guild: Name or id.
            thread: Name or id of a thread or post in the channel.
            mention: Whether it begins with the bot's mention.
            reply_to: Id of the message that it answers.
            is_moderator: Whether to give the author a role with every right of a moderator.
            is_heard: Whether to wait until the bot is connected, and tell it.
            more: Further fields of the payload.
        """
        if is_heard:
            await self._connected()
        where = await self._place(guild, channel, thread, user)
        answered = self.rest.find(reply_to)
        shown = Shown(
            self.rest.new_id(),
            where,
            user,
            f"<@{world.BOT}> {text}" if mention else text,
            reply_to=reply_to,
            is_bot=False,
            is_for_bot=mention or (answered is not None and answered.is_bot),
            more=more,
        )
        self.rest.shown.setdefault(where, []).append(shown)
        if is_heard:
            payload = self._told(shown)
            if guild is not None:
                if is_moderator:
                    self.world.members.give(user, world.MODERATORS)
                payload["member"] = self.world.members.member(user)
            await self.server.dispatch("MESSAGE_CREATE", payload)
        return shown.id

    async def edit(self, message: str, text: str, *, is_heard: bool = True) -> None:
        """Change a fan's message."""
        shown = self._find(message)
        shown.edits.append(shown.content)
        mention = f"<@{world.BOT}> "
        shown.content = (mention if shown.content.startswith(mention) else "") + text
        if is_heard:
            await self.server.dispatch("MESSAGE_UPDATE", self._told(shown))

    async def preview(self, message: str) -> None:
        """Add a link's preview to a message, as Discord does by itself."""
        await self.server.dispatch("MESSAGE_UPDATE", self._told(self._find(message)))

    async def command(
        self,
        name: str,
        *,
        user: str = "Ken",
        channel: str = "general",
        guild: str | None = None,
        locale: str = "en-US",
        options: dict[str, str] | None = None,
        age: float = 0.0,
        is_moderator: bool = False,
    ) -> Interaction:
        """Use a slash command, `age` seconds ago by its id; where a thread is, give its id."""
        if is_moderator:
            self.world.members.give(user, world.MODERATORS)
        data = self._filled(name, options or {})
        return await self._interact(2, data, user, channel, guild, locale, age=age)

    async def suggestions(
        self,
        name: str,
        option: str,
        *,
        guild: str | None = None,
        locale: str = "en-US",
        **options: str,
    ) -> list[Json]:
        """Type into an option of a command, the others filled in; return what is suggested."""
        data = self._filled(name, options)
        for given in data["options"]:
            if given["name"] == option:
                given["focused"] = True
        typing = await self._interact(4, data, "Ken", "general", guild, locale)
        async with asyncio.timeout(3):
            while typing.choices is None:
                self.rest.changed.clear()
                await self.rest.changed.wait()
        return typing.choices

    def _filled(self, name: str, options: dict[str, str]) -> Json:
        """Return a command as its fields are filled in; a person may be named."""
        entry = next((c for c in self.rest.menu if c["name"] == name), None)
        kinds = {o["name"]: o["type"] for o in entry.get("options", ())} if entry else {}
        given: list[Json] = []
        users: Json = {}
        for option, text in options.items():
            kind = kinds.get(option, 3)
            value = int(text) if kind == 4 and text.isdecimal() else text
            if kind == 6:
                value = world.snowflake(text)
                users[value] = world.user(text)
            given.append({"name": option, "type": kind, "value": value})
        members = {
            id: self.world.members.member(user["username"]) | {"permissions": "0"}
            for id, user in users.items()
        }
        resolved = {"resolved": {"users": users, "members": members}} if users else {}
        return {"id": self.rest.new_id(), "name": name, "type": 1, "options": given} | resolved

    async def wait_for_menu(self) -> None:
        """Return when the bot has published its commands."""
        async with asyncio.timeout(15):
            while not self.rest.menu:
                self.rest.changed.clear()
                await self.rest.changed.wait()

    async def choose(
        self,
        message: str,
        *,
        name: str = "Translate",
        user: str = "Ken",
        guild: str | None = None,
        locale: str = "en-US",
    ) -> Interaction:
        """Choose a command of the bot's in a message's own menu, by its English name."""
        shown = self._find(message)
        menu = [command for command in self.rest.menu if command.get("type") == 3]
        entry = next(command for command in menu if command["name"] == name)
        chosen = {message: self.rest.payload(shown) | {"content": shown.content}}
        data = {"id": entry["id"], "name": name, "type": 3, "target_id": message}
        data |= {"resolved": {"messages": chosen}}
        return await self._interact(2, data, user, shown.channel, guild, locale)

    async def press(
        self,
        message: Shown,
        button: str,
        *,
        user: str = "Ken",
        guild: str | None = None,
        locale: str = "en-US",
        is_moderator: bool = False,
    ) -> Interaction:
        """Press a button, by its label or id, below a message."""
        if is_moderator:
            self.world.members.give(user, world.MODERATORS)
        found = next(b for b in message.buttons if button in (b["label"], b["custom_id"]))
        data = {"custom_id": found["custom_id"], "component_type": 2}
        below = self.rest.payload(message)
        return await self._interact(3, data, user, message.channel, guild, locale, message=below)

    async def delete(self, *messages: Shown | str) -> None:
        """Delete messages of one channel as a moderator would."""
        every = [m if isinstance(m, Shown) else self._find(m) for m in messages]
        for shown in every:
            self.rest.shown[shown.channel].remove(shown)
        told = self._where(every[0].channel)
        if len(every) == 1:
            await self.server.dispatch("MESSAGE_DELETE", told | {"id": every[0].id})
        else:
            ids = [shown.id for shown in every]
            await self.server.dispatch("MESSAGE_DELETE_BULK", told | {"ids": ids})

    def channel(self, name: str) -> list[Shown]:
        """Return the messages of a channel or thread, or of the direct talk with "@name"."""
        where = world.direct(name[1:]) if name.startswith("@") else world.snowflake(name)
        return self.rest.shown.get(where, [])

    async def wait_for(
        self, channel: str, wanted: str | Callable[[Shown], bool], timeout: float = 15.0
    ) -> Shown:
        """Return the bot's first message that contains a text or meets a condition."""

        def is_it(shown: Shown) -> bool:
            return wanted in shown.content if isinstance(wanted, str) else wanted(shown)

        try:
            async with asyncio.timeout(timeout):
                while True:
                    self.rest.changed.clear()
                    for shown in self.channel(channel):
                        if shown.is_bot and is_it(shown):
                            return shown
                    await self.rest.changed.wait()
        except TimeoutError:
            raise AssertionError(f"not in {channel}: {self.channel(channel)}") from None

    async def wait_for_answer(self, used: Interaction, timeout: float = 15.0) -> Shown:
        """Return what stands where the bot was thinking about a command or a press."""
        try:
            async with asyncio.timeout(timeout):
                while used.original is None or used.original.is_deferred:
                    self.rest.changed.clear()
                    await self.rest.changed.wait()
        except TimeoutError:
            raise AssertionError(f"not answered: {used}") from None
        return used.original

    def fail(
        self,
        pattern: str,
        *,
        status: int = 0,
        code: int = 0,
        times: int = 1,
        retry_after: float = 0.05,
        has_via: bool = True,
    ) -> None:
        """Let the next requests fail whose "METHOD /path" contains the pattern.

        Args:
            pattern: A regular expression.
            status: HTTP status, or 0: carried out, then the connection breaks.
            code: Discord's JSON error code.
            times: How many requests.
            retry_after: For 429, in seconds.
            has_via: Whether a 429 looks like Discord's own or like its front door's.
        """
        self.rest.faults.append(Fault(pattern, status, code, times, retry_after, has_via))

    def _find(self, message: str) -> Shown:
        shown = self.rest.find(message)
        assert shown is not None
        return shown

    def _where(self, channel: str) -> Json:
        place = self.world.channel(channel) or {}
        guild = {"guild_id": place["guild_id"]} if "guild_id" in place else {}
        return {"channel_id": channel} | guild

    def _told(self, shown: Shown) -> Json:
        """Return a message as the gateway tells it."""
        intents = [session.intents for session in self.server.sessions.values()]
        self.rest.has_content = any(intent & MESSAGE_CONTENT for intent in intents)
        return self.rest.payload(shown) | self._where(shown.channel)

    async def _connected(self) -> None:
        async with asyncio.timeout(15):
            await self.server.connected.wait()

    async def _interact(
        self,
        kind: int,
        data: Json,
        user: str,
        channel: str,
        guild: str | None,
        locale: str,
        *,
        age: float = 0.0,
        message: Json | None = None,
    ) -> Interaction:
        await self._connected()
        where = await self._place(guild, channel, None, user)
        interaction = Interaction(
            self.rest.new_id(age), f"aW50-{self.rest.new_id()}", where, time.monotonic()
        )
        self.rest.interactions.append(interaction)
        payload = world.interaction(interaction.id, interaction.token, kind, data)
        if message is not None:
            payload["message"] = message
        payload |= {"channel_id": where, "channel": self.world.channel(where), "locale": locale}
        if guild is None:
            payload |= {"user": world.user(user), "context": 1}
        else:
            member = self.world.members.member(user) | {"user": world.user(user)}
            member["permissions"] = str(self.world.members.bits(user))
            payload |= {"member": member, "guild_id": world.snowflake(guild), "context": 0}
        if self.post.url:
            await self.post.send(payload)
        else:
            await self.server.dispatch("INTERACTION_CREATE", payload)
        return interaction

    def _tell(self, name: str, data: Json) -> None:
        task = asyncio.create_task(self.server.dispatch(name, data))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _place(self, guild: str | None, channel: str, thread: str | None, user: str) -> str:
        """Return the channel's id; tell the bot about a place that is new."""
        if guild is None:
            return self.world.open_direct(user)
        where, news = self.world.open(guild, channel, thread)
        for name, data in news:
            await self.server.dispatch(name, data)
        return where
