"""Everything tifo raises on purpose, and the one place where the rest is caught.

TifoError
├── SettingsError          a setting or a file of the bot folder is wrong; the operator can mend it
├── StoreError             Redis is away, or refuses
│   ├── StoreFullError     Redis is out of memory: nothing new is taken, what is there drains
│   └── FencedError        another worker has this dialogue now; what we did is void
├── AdapterError           a platform refuses the token or the connection
├── DeliveryError          a reply did not reach its platform
│   ├── RetryLaterError    the platform asked for patience
│   └── UndeliverableError it never will: blocked, kicked, deleted, not permitted
├── UnexpectedError        a fault of ours ended a turn or a delivery; logged where it was caught
├── TranslationError       a model's translations damaged the text, or it is too long
└── QwenError              the model endpoint failed
    ├── QwenBusyError      it asked for patience, or is overloaded
    ├── QwenRefusedError   moderated: the same request will be refused again
    ├── QwenRequestError   our request is wrong for this endpoint: model, field, length, key
    └── QwenBrokenError    unreachable, server error, or the stream broke off
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator

_log = logging.getLogger(__name__)


class TifoError(Exception):
    """Base of every error that tifo raises on purpose."""


class SettingsError(TifoError):
    """A setting or a file of the bot folder is wrong.

    The message is one sentence for the operator: it names the variable or the file, line
    and key, and how to mend it.
    """


class StoreError(TifoError):
    """Redis is away, or refuses."""


class StoreFullError(StoreError):
    """Redis is out of memory, so it takes nothing new."""


class FencedError(StoreError):
    """Another worker has taken this dialogue over."""


class AdapterError(TifoError):
    """A platform refuses the token or the connection."""


class DeliveryError(TifoError):
    """A reply did not reach its platform; trying again may help."""


class RetryLaterError(DeliveryError):
    """The platform asked for patience.

    Attributes:
        after: How long to send nothing there, in seconds.
    """

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after


class UndeliverableError(DeliveryError):
    """The platform will never take it: blocked, kicked, deleted or not permitted."""


class TranslationError(TifoError):
    """No translation of a text can be shown: each attempt damaged it, or it is too long.

    Attributes:
        is_too_long: It has more characters than are translated.
    """

    def __init__(self, message: str, *, is_too_long: bool = False) -> None:
        super().__init__(message)
        self.is_too_long = is_too_long


class UnexpectedError(TifoError):
    """A fault of ours, already logged, ended a turn or a delivery."""


@contextlib.contextmanager
def surviving(what: str) -> Generator[None]:
    """Keep a fault of ours from ending the program: one turn or one delivery is its price.

    Raises:
        UnexpectedError: Anything that is no `TifoError` was raised inside.
    """
    try:
        yield
    except TifoError:
        raise
    except Exception as error:
        _log.exception("failed: %s", what)
        raise UnexpectedError(f"{what} failed: {type(error).__name__}") from error


class QwenError(TifoError):
    """The model endpoint failed.

    Attributes:
        status: HTTP status, or 0 when there was none.
        code: The endpoint's own code, lower case without dots and underscores, or "".
    """

    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class QwenBusyError(QwenError):
    """The endpoint asked for patience, or is overloaded.

    Attributes:
        after: How long it asked us to wait, in seconds; 0 when it did not say.
    """

    def __init__(
        self, message: str, *, status: int = 0, code: str = "", after: float = 0.0
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.after = after


class QwenRefusedError(QwenError):
    """The endpoint's own moderation refused the request or its answer."""


class QwenRequestError(QwenError):
    """Our request is wrong for this endpoint: model, field, length, key or account."""


class QwenBrokenError(QwenError):
    """The endpoint is unreachable, failed inside, or broke the stream off."""
