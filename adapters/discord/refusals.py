"""What Discord means by a refusal, in one sentence for those who look after a server.

The codes: discord.com/developers/docs/topics/opcodes-and-status-codes#json, read 2026-11-25.
"""

from __future__ import annotations

from adapters.wire import ClosedError
from core.errors import UndeliverableError
from core.message import Result

CANNOT_READ_HISTORY = 160002
"""A message may not be answered as a reply where the bot cannot read what was said."""

UNKNOWN_MESSAGE = 10008
"""It was deleted."""

UNKNOWN_MEMBER, UNKNOWN_USER = 10007, 10013

THREAD_EXISTS = 160004
"""A message can have one thread; same page."""

ALREADY_ACKNOWLEDGED = 40060
"""An interaction has had its first sign."""

VOID_WEBHOOK = 50027
"""The token of an interaction ran out: no word about the bot's own token."""

_OVER = (10015, 10062, VOID_WEBHOOK)
"""Nothing more can be said through an interaction."""

_SHUT = (10003, 10004, 10013, 50001, 50007, 50009, 50013, 50024, 50278, 160005)
"""Whatever else the bot wants to say in the place would be refused as well."""

RESULTS: dict[int, Result] = {
    10003: "missing",
    10004: "forbidden",  # the bot is not there
    UNKNOWN_MEMBER: "missing",
    UNKNOWN_MESSAGE: "missing",
    UNKNOWN_USER: "missing",
    10026: "missing",  # a ban
    50024: "unsupported",  # in this kind of channel
}
"""What came of an action that Discord refuses; every other 403 is "forbidden"."""

_SENTENCES = {
    10003: "the channel is gone, or the bot was taken out of it",
    10004: "the bot is no longer on this server",
    UNKNOWN_MESSAGE: "the message is gone",
    UNKNOWN_USER: "this person is no longer on Discord",
    10015: "the time in which a command may be answered is over",
    10062: "the time in which a command may be answered is over",
    30046: "the message is older than an hour and was changed too often since",
    50001: "the bot may not see the channel; it needs View Channel",
    50005: "the message is not the bot's own",
    50007: "this person takes no direct messages from the bot",
    50009: "the server's verification level keeps the bot out",
    50013: "the bot may not write there; it needs Send Messages, in threads its own permission",
    50024: "this kind of channel takes no messages",
    VOID_WEBHOOK: "the time in which a command may be answered is over",
    50083: "the thread is archived",
    50278: "this person is on no server with the bot any more",
    CANNOT_READ_HISTORY: "the bot may not read what was said; it needs Read Message History",
    160005: "the thread is locked",
    200000: "AutoMod of the server blocked the text",
    240000: "the text holds a link that Discord blocks",
}


class RefusedError(UndeliverableError):
    """Discord will never take this request.

    Attributes:
        code: Discord's JSON error code, or 0.
        status: Of HTTP, or 0.
    """

    def __init__(self, message: str, *, code: int = 0, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    @property
    def is_over(self) -> bool:
        """Return whether the interaction that was to be answered takes nothing more."""
        return self.code in _OVER


class ShutError(RefusedError, ClosedError):
    """The place takes nothing from the bot."""


def to_refusal(status: int, code: int, text: str) -> RefusedError:
    """Return why Discord refused; in its own words where we have none."""
    why = _SENTENCES.get(code, text or "it gave no reason")
    kind = ShutError if code in _SHUT else RefusedError
    sentence = f"Discord refused: {why} (status {status}, code {code})"
    return kind(sentence, code=code, status=status)
