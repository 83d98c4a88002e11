"""What Telegram's refusals mean: its descriptions are all that tells them apart."""

from __future__ import annotations

import enum
from collections.abc import Generator
from contextlib import contextmanager

from telegram.error import InvalidToken, TelegramError

from adapters.telegram.transport import FloodError, RefusedError
from adapters.wire import ClosedError
from core.errors import DeliveryError, RetryLaterError, UndeliverableError


class Kind(enum.Enum):
    """What is to be done about a refusal."""

    CLOSED = enum.auto()
    """Nothing: nothing of ours is taken there."""

    REFERENCE = enum.auto()
    """Leave out which message is answered; it is gone."""

    ENTITIES = enum.auto()
    """Leave out what dresses the text."""

    SAME = enum.auto()
    """Nothing: it reads so already."""

    OTHER = enum.auto()


# A refusal is of the first kind whose words it has. The wordings are nowhere listed by Telegram;
# these are the ones that public bots and libraries meet, such as telebot's errors.go, and those
# that the Bot API passes on from core.telegram.org/method/messages.sendMessage; read 2026-11-25.
_MEANINGS: tuple[tuple[tuple[str, ...], Kind, str], ...] = (
    (("message is not modified",), Kind.SAME, ""),
    (
        ("replied not found", "replied message not found", "reply message not found"),
        Kind.REFERENCE,
        "",
    ),
    (("blocked by the user", "user_is_blocked"), Kind.CLOSED, "the fan has blocked the bot"),
    (("user is deactivated", "user_deactivated"), Kind.CLOSED, "the fan's account is gone"),
    (("initiate conversation",), Kind.CLOSED, "the fan has not started the bot"),
    (("kicked", "not a member"), Kind.CLOSED, "the bot was removed from the chat"),
    (("topic_closed", "topic closed"), Kind.CLOSED, "the topic is closed"),
    (
        ("thread not found", "topic_deleted", "topic not found"),
        Kind.CLOSED,
        "the topic is gone",
    ),
    (
        ("rights", "write_forbidden", "plain_forbidden", "restricted", "admin_required", "banned"),
        Kind.CLOSED,
        "the bot may not write in this chat; allow it to send messages",
    ),
    (
        ("chat not found", "chat was deleted", "deactivated", "peer_id_invalid", "upgraded to a"),
        Kind.CLOSED,
        "the chat is gone",
    ),
    (("entit", "parse", "url"), Kind.ENTITIES, ""),
)


def meaning(refusal: RefusedError) -> tuple[Kind, str]:
    """Return what a refusal means, and for those that close a place a sentence about it."""
    description = refusal.message.lower()
    for words, kind, sentence in _MEANINGS:
        if any(word in description for word in words):
            return kind, sentence
    return Kind.OTHER, ""


def to_error(refusal: RefusedError) -> DeliveryError:
    """Return a refusal as delivery knows it."""
    kind, sentence = meaning(refusal)
    if refusal.status in (401, 404):
        return DeliveryError("Telegram refuses the token")
    if kind is Kind.CLOSED:
        return ClosedError(f"{sentence} (Telegram: {refusal.message})")
    return UndeliverableError(f"Telegram refuses: {refusal.message}")


@contextmanager
def translating(*, lets_refusals: bool = False) -> Generator[None]:
    """Turn the errors of the library and of `Transport.call` into ours.

    `lets_refusals`: a refusal of the very call is still to be looked at.

    Raises:
        RefusedError: Telegram refuses it, where refusals are let through.
        RetryLaterError: Telegram wants us to wait.
        UndeliverableError: The same call will be refused again.
        DeliveryError: Telegram failed, or cannot be reached.
    """
    try:
        yield
    except FloodError as error:
        raise RetryLaterError(error.message, after=error.after) from error
    except RefusedError as error:
        if lets_refusals:
            raise
        raise to_error(error) from error
    except InvalidToken as error:
        raise DeliveryError("Telegram refuses the token") from error
    except TelegramError as error:
        raise DeliveryError(f"Telegram failed: {error.message}") from error
