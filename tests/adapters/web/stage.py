"""The real adapter on loopback, and a page as a client that keeps what it was told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

import aiohttp

from adapters.http import Site
from adapters.web.adapter import WebAdapter
from adapters.web.inbound import to_room
from core.adapter import Receive
from core.errors import StoreError
from core.language.strings import Strings
from core.message import Button, Conversation, Event, File, Reply, Source
from core.store import Store
from core.transcript import Transcript
from tests.waiting import wait_until

SESSION = "a-session-of-a-test-0001"
GREETING = {"en": "Welcome, fan!", "es": "¡Hola, aficionado!", "ar": "أهلاً بكم"}
LANGUAGES = ("en", "es", "ar", "ja", "de")

Frame = dict[str, Any]


class Stage:
    """An adapter that can be stopped and started again at the same address."""

    def __init__(self, store: Store, *, is_shared: bool = False) -> None:
        self.transcript = Transcript(store, is_shared=is_shared)
        self.may_speak = True
        self.events: list[Event] = []
        self.is_ready = True
        self.faults: list[StoreError] = []
        self.on_event: Callable[[Event], None] = lambda event: None
        self.adapter = self._make(port=0)
        self._task: asyncio.Task[None] | None = None

    def _make(self, port: int) -> WebAdapter:
        self.site = Site("127.0.0.1", port, is_ready=self._tell_ready)
        return WebAdapter(
            site=self.site,
            transcript=self.transcript,
            strings=Strings(),
            bot_name="Nordkap <Guide>",
            languages=LANGUAGES,
            greeting=GREETING,
            may_speak=lambda: self.may_speak,
        )

    async def _tell_ready(self) -> bool:
        return self.is_ready

    async def _receive(self, event: Event) -> None:
        if self.faults:
            raise self.faults.pop(0)
        if all(known.id != event.id for known in self.events):
            self.events.append(event)
            self.on_event(event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.site.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    async def start(self, receive: Receive | None = None) -> None:
        self._task = asyncio.create_task(self.run(receive or self._receive))
        await wait_until(self._is_up)

    async def run(self, receive: Receive) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.site.run())
            group.create_task(self.adapter.run(receive))

    async def _is_up(self) -> bool:
        assert self._task is not None
        if self._task.done():
            self._task.result()
        if not self.site.port:
            return False
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.site.port)
            writer.close()
            return True
        return False

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])

    async def restart(self) -> None:
        """As a new process would: nothing is left but the transcript."""
        await self.stop()
        self.adapter = self._make(self.site.port)
        await self.start()

    async def answer(
        self,
        event: Event,
        text: str,
        *,
        is_final: bool = True,
        language: str = "en",
        epoch: int = 1,
        sources: tuple[Source, ...] = (),
        buttons: tuple[Button, ...] = (),
        files: tuple[File, ...] = (),
    ) -> None:
        """Deliver what the core would answer."""
        reply = Reply(
            id=f"reply:{event.id}",
            conversation=event.conversation,
            text=text,
            is_final=is_final,
            reply_to=event.id,
            language=language,
            epoch=epoch,
            sources=sources,
            buttons=buttons,
            files=files,
        )
        await self.adapter.deliver(reply)


class Client:
    """A page without a browser."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.frames: list[Frame] = []
        self.reason = ""
        """Why the server closed."""

        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            frame = await self.ws.receive()
            if frame.type is not aiohttp.WSMsgType.TEXT:
                self.reason = str(frame.extra or "")
                return
            self.frames.append(frame.json())

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    async def say(self, text: str, *, id: str = "m1") -> None:
        await self.ws.send_json({"type": "say", "id": id, "text": text})

    async def wait_for(self, kind: str, count: int = 1) -> Frame:
        await wait_until(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    @property
    def growing(self) -> str:
        """The newest snapshot on the way."""
        frames = self.of("growing")
        return frames[-1]["html"] if frames else ""

    @property
    def position(self) -> str:
        shown = [frame["position"] for frame in self.frames if "position" in frame]
        return shown[-1] if shown else "0"


@contextlib.asynccontextmanager
async def page(
    stage: Stage, *, session: str = SESSION, after: str = "0", locale: str = "en-GB"
) -> AsyncGenerator[Client]:
    """Open a page that has introduced itself."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{stage.url}/ws", origin=stage.url) as ws,
    ):
        client = Client(ws)
        await ws.send_json({"type": "hello", "session": session, "after": after, "locale": locale})
        await client.wait_for("welcome")
        try:
            yield client
        finally:
            client.reader.cancel()
            await asyncio.wait([client.reader])


def place(session: str = SESSION) -> Conversation:
    room = to_room(session)
    return Conversation(platform="web", community=room, channel=room, is_direct=True)
