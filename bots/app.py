"""Builds the running program from its parts: the only file that sees adapters and core."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path

import msgspec

from adapters.http import Site
from bots.banner import render
from bots.moderation import to_abilities
from bots.outside import (
    find_endpoints,
    need_redis,
    open_store,
    to_budget,
    to_guard,
    to_models,
    to_small,
)
from bots.platforms import (
    HIDING,
    Core,
    Platform,
    set_platforms,
    to_platform,
    to_platforms,
    to_site,
    to_speaker,
)
from core.adapter import Receive
from core.answer.answer import Answerer, Others
from core.answer.guide import Guide
from core.answer.prompt import to_prefix
from core.arguments import Words
from core.bot import Bot, load_bot
from core.engine import Engine
from core.erasure import Eraser
from core.errors import (
    AdapterError,
    DeliveryError,
    SettingsError,
    StoreError,
    UnexpectedError,
    surviving,
)
from core.inbox import Inbox
from core.language.borrowed import Borrowed
from core.language.detect import Detector
from core.language.model import claim_all
from core.language.models import Models
from core.language.strings import Strings
from core.language.tongues import is_same
from core.language.translation import Translator
from core.limits import Crowd
from core.live import Live, watch
from core.message import Dialogue, Reply
from core.moderation.due import Due
from core.privacy import Privacy
from core.qwen.client import Endpoint, Qwen
from core.qwen.tokens import Tokens
from core.settings import Settings, parse_operators
from core.store import Store
from core.translate import Interpreter, Translate
from core.voice import Show, Voice
from core.worker import Worker

_PAUSE = 5.0
"""Seconds before an adapter that a fault of ours ended is run again."""

_LAST = 1.5
"""Seconds that final replies may take to stand when the program is told to stop."""

_log = logging.getLogger(__name__)


class Mind(msgspec.Struct, frozen=True):
    """What thinks: in `run` and in each `worker`."""

    engine: Engine
    tokens: Tokens
    endpoints: tuple[Endpoint, ...]
    live: Live
    models: Models | None
    """Who translates."""

    platforms: dict[str, Platform]
    """Those that this process speaks itself; filled by who starts them."""


async def run(settings: Settings, *, announce: Callable[[str], None], stop: asyncio.Event) -> None:
    """Run every platform that is set, and a worker, until told to stop.

    Raises:
        SettingsError: Something is set wrong.
        AdapterError: Nothing can be served on the address that is set.
    """
    async with _core(settings, home=settings.home / "redis") as core, _mind(settings, core) as mind:
        site = to_site(settings, core, stop)
        platforms = to_platforms(settings, core, ("web", *set_platforms(settings)), site)
        announce(render(settings, core.bot, mind.endpoints))
        await _work(core, settings, platforms, mind, site=site, stop=stop)


async def gateway(
    settings: Settings,
    names: Sequence[str],
    *,
    announce: Callable[[str], None],
    stop: asyncio.Event,
) -> None:
    """Speak some platforms; workers elsewhere think.

    Raises:
        SettingsError: Something is set wrong, or a platform is not set at all.
        AdapterError: Nothing can be served on the address that is set.
    """
    need_redis(settings)
    for name in names:
        if name != "web" and name not in set_platforms(settings):
            raise SettingsError(f"There is no token for {name}: set TIFO_{name.upper()}_TOKEN.")
    async with _core(settings, home=settings.home) as core:
        site = to_site(settings, core, stop)
        platforms = to_platforms(settings, core, names, site)
        announce(f"{core.bot.name}: speaks on {', '.join(names)}. Ctrl-C ends it.")
        await _work(core, settings, platforms, None, site=site, stop=stop)


async def worker(
    settings: Settings, *, announce: Callable[[str], None], stop: asyncio.Event
) -> None:
    """Think for gateways elsewhere, until told to stop.

    Raises:
        SettingsError: Something is set wrong.
    """
    need_redis(settings)
    async with _core(settings, home=settings.home) as core, _mind(settings, core) as mind:
        announce(f"{core.bot.name}: a worker is ready. Ctrl-C ends it.")
        await _work(core, settings, [], mind, site=None, stop=stop)


async def say(settings: Settings, *, question: str | None, language: str | None) -> None:
    """Ask one question, or talk, in the terminal; nothing else runs.

    Raises:
        SettingsError: Something is set wrong.
    """
    from adapters.terminal.adapter import Seat, TerminalAdapter

    private = msgspec.structs.replace(settings, redis_url="")
    # One question leaves nothing behind; a talk is remembered.
    with contextlib.ExitStack() as stack:
        home = settings.home / "terminal"
        if question is not None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tifo-")))
        async with _core(private, home=home) as core, _mind(private, core) as mind:
            terminal = TerminalAdapter(
                Words(core.strings, core.bot.languages),
                question=question,
                seat=Seat(language=language, folder=settings.home / "files"),
            )
            platform = to_platform(core, terminal, to_speaker(core, terminal.name))
            await _work(core, settings, [platform], mind, site=None, stop=None)


@contextlib.asynccontextmanager
async def _core(settings: Settings, *, home: Path) -> AsyncGenerator[Core]:
    bot = load_bot(settings.bot)
    async with open_store(settings, home=home) as store:
        yield Core(bot, store, Strings(), is_alone=not settings.redis_url)


@contextlib.asynccontextmanager
async def _mind(settings: Settings, core: Core) -> AsyncGenerator[Mind]:
    endpoints = await find_endpoints(settings)
    platforms: dict[str, Platform] = {}
    async with contextlib.AsyncExitStack() as stack:
        qwen = Qwen(endpoints) if endpoints else None
        if qwen is not None:
            stack.push_async_callback(qwen.close)
        guard = to_guard(settings)
        if guard is not None:
            stack.push_async_callback(guard.close)
        model = endpoints[0].model if endpoints else settings.qwen_model
        tokens = Tokens(settings.home / "tokenizers", model)
        guide = Guide(core.bot, core.strings)
        small = to_small(settings, endpoints)
        answerer = Answerer(
            core.bot,
            guide=guide,
            strings=core.strings,
            qwen=qwen,
            tokens=tokens,
            others=Others(small=small, guard=guard),
        )
        models = to_models(settings, endpoints, qwen)
        for other in (small, models.chat, models.mt):
            if other is not None:
                stack.push_async_callback(other.close)
        translator = to_translator(core, models)
        live = Live(core.store)
        voice = Voice(core.bot, core.strings, operators=parse_operators(settings.operators))
        show = _to_show(platforms, live)
        interpreter = Interpreter(translator, core.strings, core.bot.languages)
        engine = Engine(
            answerer=answerer,
            detector=Detector(core.bot.languages),
            voice=voice,
            show=show,
            abilities=(
                *to_abilities(
                    voice,
                    core.store,
                    translator,
                    count=tokens.count_message,
                    budget=to_budget(settings),
                ),
                Translate(interpreter, voice, show).ability,
                Privacy(voice, core.store, hides=HIDING).ability,
            ),
        )
        yield Mind(engine, tokens, endpoints, live, models, platforms)


async def _work(
    core: Core,
    settings: Settings,
    platforms: Sequence[Platform],
    mind: Mind | None,
    *,
    site: Site | None,
    stop: asyncio.Event | None,
) -> None:
    """Speak and think; when told to stop, finish what is begun, as far as time allows.

    Without `stop` it ends when its adapters do.
    """
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[None]] = []

        def start(*coroutines: Coroutine[None, None, None]) -> None:
            tasks.extend(group.create_task(coroutine) for coroutine in coroutines)

        adapters: list[asyncio.Task[None]] = []

        models = mind.models if mind is not None else None
        start(_borrow(Borrowed(core.strings, core.store, models, core.bot.languages)))
        thinker = None
        if mind is not None:
            engine = mind.engine
            thinker = Worker(core.store, engine.handle, engine.apologise, is_alone=core.is_alone)
            start(thinker.run(), _calibrate(core.bot, mind.tokens), mind.live.run())
            start(Eraser(core.store).run(), Due(core.store).run())
            mind.platforms.update({p.adapter.name: p for p in platforms})
        if site is not None:
            start(site.run())
        inbox = Inbox(
            core.store,
            limit=settings.limit,
            crowd=Crowd(community=settings.community_limit, bot=settings.bot_limit),
            operators=parse_operators(settings.operators),
            taker=thinker,
        )
        for platform in platforms:
            start(platform.speaker.run(), platform.outbox.run(inbox.receive))
            adapters.append(group.create_task(_run(platform, inbox.receive)))
            if not core.is_alone:
                start(_watch(core.store, platform))
        await (stop.wait() if stop is not None else asyncio.wait(adapters))
        if thinker is not None:
            await thinker.drain(settings.drain)
        for platform in platforms:
            await platform.outbox.drain(_LAST)
        for task in [*adapters, *tasks]:
            task.cancel()


async def _watch(store: Store, platform: Platform) -> None:
    """Show what workers of other processes send on the way."""

    async def show(dialogue: str, reply: Reply) -> None:
        await _show(platform, dialogue, reply)

    await watch(store, platform=platform.adapter.name, speaker=platform.speaker, show=show)


async def _run(platform: Platform, receive: Receive) -> None:
    """Run an adapter; what ends one, a refusal or a fault of ours, leaves the others alone."""
    adapter = platform.adapter
    while True:
        try:
            with surviving(f"the adapter of {adapter.name}"):
                await adapter.run(receive)
        except AdapterError as error:
            _log.error("%s is off: %s", adapter.name, error)
            return
        except UnexpectedError:  # already logged
            await asyncio.sleep(_PAUSE)
        else:
            return


async def _calibrate(bot: Bot, tokens: Tokens) -> None:
    """Measure once what the bot's own texts cost in tokens, when somebody has counted some."""
    await tokens.wanted.wait()
    texts = [to_prefix(bot), *(passage.text for passage in bot.passages)]
    # Where that fails, counts stay rough.
    with contextlib.suppress(UnexpectedError), surviving("counting tokens"):
        await tokens.calibrate(texts)


async def _borrow(borrowed: Borrowed) -> None:
    """Learn languages without a locale; where that fails, the nearest one does."""
    with contextlib.suppress(UnexpectedError), surviving("translating our own words"):
        await borrowed.run()


def to_translator(core: Core, models: Models) -> Translator:
    """Wire who translates between people."""
    others = (
        tag for tag in claim_all() if not any(is_same(tag, own) for own in core.bot.languages)
    )
    languages = (*core.bot.languages, *others)
    return Translator(
        models,
        core.store,
        terms=core.bot.terms,
        detector=Detector(languages),
        languages=languages,
    )


def _to_show(platforms: Mapping[str, Platform], live: Live) -> Show:
    async def show(dialogue: Dialogue, reply: Reply) -> None:
        platform = platforms.get(reply.conversation.platform)
        if platform is not None and platform.speaker.is_speaking:
            await _show(platform, dialogue.key, reply)
        else:
            live.show(dialogue, reply)

    return show


async def _show(platform: Platform, dialogue: str, reply: Reply) -> None:
    # A text must not stand above the answer before it, which is still on its way.
    if not platform.outbox.is_delivering(dialogue):
        # The final snapshot makes good for one on the way that failed.
        with contextlib.suppress(DeliveryError, StoreError):
            await platform.adapter.deliver(reply)
