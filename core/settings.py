"""What the operator sets: environment variables, or the same keys in `tifo.toml`.

The environment wins. Nothing is read at import; `load` is called once by the program.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from core.errors import SettingsError

FILE = "tifo.toml"
PREFIX = "TIFO_"

Dialect = Literal[
    "auto", "dashscope", "vllm", "sglang", "llamacpp", "ollama", "transformers", "openai"
]


class Settings(
    msgspec.Struct, frozen=True, kw_only=True, rename="upper", forbid_unknown_fields=True
):
    """Every setting; the variable is the field's name in capitals after `TIFO_`."""

    bot: Path = Path("bots/winter_games")
    """Folder of the bot."""

    home: Path = Path("~/.local/share/tifo")
    """State folder: the embedded Redis, tokenizers."""

    redis_url: str = ""
    """`redis://`, `rediss://` or `unix://`; `redis+cluster://`, `redis+sentinel://`; "" starts a
    private server."""

    qwen_url: str = ""
    """OpenAI-compatible base that ends in `/v1`; "" looks for a local Ollama."""

    qwen_key: str = ""
    qwen_model: str = "qwen3.8-flash"
    qwen_dialect: Dialect = "auto"
    qwen_fallback_url: str = ""
    qwen_fallback_key: str = ""
    qwen_fallback_model: str = ""
    """"" means the same as `qwen_model`."""

    qwen_fallback_dialect: Dialect = "auto"
    qwen_translate_model: str = ""
    """Translates between people, at `qwen_url`: a `qwen-mt-…`, or any chat model; "" leaves that to
    `qwen_model`."""

    qwen_small_model: str = ""
    """Answers, at `qwen_url`, when the day's budget is spent; "" leaves that to the guide."""
    guard_url: str = ""
    """Where a guard model judges questions and answers, ends in `/v1`; "" has none."""

    guard_key: str = ""
    guard_model: str = "Qwen/Qwen3Guard-Gen-4B"
    guard_dialect: Literal["gen", "systemone"] = "gen"
    """gen: a Qwen3Guard-Gen; systemone: a decision model."""

    telegram_token: str = ""
    telegram_api: str = "https://api.telegram.org"
    telegram_webhook_url: str = ""
    """Public address that Telegram posts updates to; "" polls for them."""

    telegram_webhook_secret: str = ""
    """What Telegram must bring along; "" derives it from the token."""

    telegram_per_second: float = 30.0
    """Calls that show something, in all chats; core.telegram.org/bots/faq, read 2026-11-23."""

    telegram_chat_per_second: float = 1.0
    """In one private chat; same page."""

    telegram_group_per_minute: float = 20.0
    """In one group; same page."""

    discord_token: str = ""
    discord_api: str = "https://discord.com/api/v10"
    discord_gateway: str = ""
    """"" asks the API for it."""

    discord_public_key: str = ""
    """Of the application: interactions are taken over HTTP too; "" takes them over the gateway."""

    discord_shards: str = ""
    """Which shards this process holds, and how many there are: `0-3/16`; "" holds all."""

    http_host: str = "127.0.0.1"
    http_port: int = 8080
    """0 takes a free port."""

    operators: str = ""
    """Who may do everything everywhere, apart by commas: `discord:1234, telegram:5678`."""

    log: Literal["text", "json"] = "text"

    drain: float = 6.0
    """Seconds that answers begun may take to end when the program is told to."""

    limit: int = 20
    """Messages that one fan may send within a minute; the rest is told to wait."""

    community_limit: int = 0
    """Messages to the bot from one community within a minute; 0 means as many as come."""

    bot_limit: int = 0
    """Messages to the bot from everywhere within a minute; 0 means as many as come."""

    fan_tokens: int = 0
    """Tokens that the answers to one fan may cost in a day, in UTC; 0 means as many as wanted."""

    community_tokens: int = 0
    """The same for one community, where moderators set nothing else."""

    bot_tokens: int = 0
    """The same for all of them together."""

    bot_money: float = 0.0
    """What all answers of a day may cost, in the money of the prices; 0 means as much as wanted."""

    price_in: float = 0.0
    """What a million tokens cost that a model reads."""

    price_out: float = 0.0
    """What a million tokens cost that a model writes."""

    def __repr__(self) -> str:
        return f"Settings({self.bot})"


_WEB = ("http", "https")
_URLS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "qwen_url": (_WEB, "/v1", "http://127.0.0.1:8000/v1"),
    "qwen_fallback_url": (_WEB, "/v1", "http://127.0.0.1:8000/v1"),
    "guard_url": (_WEB, "/v1", "http://127.0.0.1:8001/v1"),
    "redis_url": (
        (
            *("redis", "rediss", "unix", "redis+cluster", "rediss+cluster"),
            *("redis+sentinel", "rediss+sentinel"),
        ),
        "",
        "redis://user:password@127.0.0.1:6379",
    ),
    "telegram_webhook_url": (("https", "http"), "", "https://bot.example.org/telegram"),
    "telegram_api": (_WEB, "", "https://api.telegram.org"),
    "discord_api": (_WEB, "", "https://discord.com/api/v10"),
    "discord_gateway": (("ws", "wss"), "", "wss://gateway.discord.gg"),
}
"""Of every address its schemes, its ending and an example. An address may hold a password, so
none is repeated in an error."""

_LEAST: dict[str, float] = {
    "limit": 1,
    **dict.fromkeys(("community_limit", "bot_limit", "fan_tokens", "community_tokens"), 0),
    **dict.fromkeys(("bot_tokens", "bot_money", "price_in", "price_out"), 0),
    "drain": 0,
    "telegram_per_second": 1,
    "telegram_chat_per_second": 0.1,
    "telegram_group_per_minute": 2,
}
_SHARDS = re.compile(r"(\d+)(?:-(\d+))?/(\d+)")
_OPERATOR = re.compile(r"(discord|telegram):\d+")
_PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{64}")  # Ed25519
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")  # core.telegram.org/bots/api#setwebhook

_SECRET = ("token", "key", "url", "api", "secret")
NAMES: tuple[str, ...] = tuple(PREFIX + name.upper() for name in Settings.__struct_fields__)
"""Every variable that tifo reads."""


def load(environ: Mapping[str, str], folder: Path) -> Settings:
    """Read the settings from the environment and from `tifo.toml` in a folder.

    Raises:
        SettingsError: A name is unknown or a value is wrong.
    """
    values = dict(_from_file(folder / FILE))
    found = {
        name: value
        for name, value in environ.items()
        # TIFO_TEST_… steers the test suite, not the program.
        if name.startswith(PREFIX) and not name.startswith("TIFO_TEST_") and value != ""
    }
    for name in found:
        _check_name(name, where=f"environment variable {name}")
    values.update(found)
    return _convert(values)


def _from_file(path: Path) -> Mapping[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    try:
        table = msgspec.toml.decode(text, type=dict[str, object])
    except (msgspec.DecodeError, RecursionError) as error:
        raise SettingsError(
            f'{path}: {error}. Write one setting a line, such as TIFO_HTTP_PORT = "8080".'
        ) from error
    for name, value in table.items():
        number = next(
            (n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(name)),
            1,
        )
        _check_name(name, where=f"{path}, line {number}: {name}")
        if not isinstance(value, str | int):
            raise SettingsError(
                f'{path}, line {number}: {name} must be a text or a number, such as {name} = "...".'
            )
    return {name: str(value) for name, value in table.items()}


def _check_name(name: str, *, where: str) -> None:
    if name in NAMES:
        return
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(NAMES)}."
    raise SettingsError(f"{where} is no setting of tifo. {hint}")


def _convert(values: Mapping[str, str]) -> Settings:
    fields = {name.removeprefix(PREFIX): value for name, value in values.items()}
    try:
        settings = msgspec.convert(
            fields, Settings, strict=False, dec_hook=lambda _, value: Path(str(value))
        )
    except msgspec.ValidationError as error:
        raise SettingsError(_explain(str(error), fields)) from error
    for name, (schemes, ending, example) in _URLS.items():
        url: str = getattr(settings, name)
        if url and not (_is_url(url, schemes) and url.rstrip("/").endswith(ending)):
            raise SettingsError(f"{PREFIX}{name.upper()} must be an address such as {example}.")
    if not 0 <= settings.http_port <= 65535:
        raise SettingsError("TIFO_HTTP_PORT must be between 0 and 65535.")
    for name, least in _LEAST.items():
        if not getattr(settings, name) >= least:  # NaN is not
            raise SettingsError(f"{PREFIX}{name.upper()} must be {least:g} or more.")
    parse_shards(settings.discord_shards)
    parse_operators(settings.operators)
    _check_secret(settings.telegram_webhook_secret)
    _check_public_key(settings.discord_public_key)
    return msgspec.structs.replace(
        settings,
        bot=settings.bot.expanduser(),
        home=settings.home.expanduser(),
        qwen_url=settings.qwen_url.rstrip("/"),
        qwen_fallback_url=settings.qwen_fallback_url.rstrip("/"),
        guard_url=settings.guard_url.rstrip("/"),
    )


def find_secrets(settings: Settings) -> frozenset[str]:
    """Return everything in the settings that no log may show: tokens, keys, passwords."""
    fields: dict[str, object] = msgspec.structs.asdict(settings)
    secrets: set[str] = set()
    for name, value in fields.items():
        if not isinstance(value, str):
            continue
        if name.endswith(("_token", "_key", "_secret")):
            secrets.add(value)
        elif name.endswith("_url") and "@" in value:
            password = value.partition("://")[2].rpartition("@")[0].partition(":")[2]
            secrets |= {password, unquote(password)}
    return frozenset(secrets - {""})


def parse_shards(text: str) -> tuple[range, int] | None:
    """Return which Discord shards to hold and how many there are; None for all of them.

    Raises:
        SettingsError: It is not written as `0-3/16` or `2/16`.
    """
    if not text:
        return None
    found = _SHARDS.fullmatch(text.replace(" ", ""))
    if found is not None:
        first, last, count = int(found[1]), int(found[2] or found[1]), int(found[3])
        if first <= last < count:
            return range(first, last + 1), count
    raise SettingsError(
        f'TIFO_DISCORD_SHARDS must say which shards of how many, such as 0-3/16; it is "{text}".'
    )


def parse_operators(text: str) -> frozenset[str]:
    """Return the operators, each as platform and id.

    Raises:
        SettingsError: One is not written as `discord:1234`.
    """
    listed = [name.strip() for name in text.split(",") if name.strip()]
    for name in listed:
        if not _OPERATOR.fullmatch(name):
            raise SettingsError(
                f'TIFO_OPERATORS must name people such as discord:1234; "{name}" is no such name.'
            )
    return frozenset(listed)


def _check_secret(text: str) -> None:
    if not _WEBHOOK_SECRET.fullmatch(text):
        raise SettingsError(
            "TIFO_TELEGRAM_WEBHOOK_SECRET may hold up to 256 of A-Z, a-z, 0-9, _ and -."
        )


def _check_public_key(text: str) -> None:
    if text and not _PUBLIC_KEY.fullmatch(text):
        raise SettingsError(
            "TIFO_DISCORD_PUBLIC_KEY must be the 64 hexadecimal digits that the General "
            "Information page of your application at discord.com/developers shows."
        )


def _is_url(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        # A cluster, or its sentinels, are several hosts with commas between them.
        servers = parts.netloc.rpartition("@")[2].split(",")
        hosts = [urlsplit(f"//{server}") for server in servers] if "+" in parts.scheme else [parts]
        has_host = all(host.hostname and host.port != 0 for host in hosts)
    except ValueError:  # brackets without an end, a port that is no number
        return False
    return parts.scheme in schemes and (has_host or parts.scheme == "unix") and not parts.fragment


def _explain(error: str, fields: Mapping[str, str]) -> str:
    what, _, path = error.partition(" - at `$.")
    name = path.rstrip("`")
    if not name:
        return f"The settings are wrong: {error}."
    shown = "" if name.lower().endswith(_SECRET) else f'; it is "{fields.get(name, "")}"'
    return f"{PREFIX}{name} is wrong: {what}{shown}."
