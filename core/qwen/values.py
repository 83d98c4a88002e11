"""What goes into the Qwen client and what comes out of it."""

from __future__ import annotations

import msgspec
from yarl import URL

from core.qwen.patience import BackOff
from core.qwen.stream import Usage


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A server that speaks OpenAI's chat protocol, and a model on it."""

    url: str
    """Ends in `/v1`."""

    key: str = ""
    """Secret; "" where none is needed."""

    model: str
    dialect: str = "auto"
    """Name in `core.qwen.dialects.DIALECTS`, or "auto" to find out."""

    @property
    def base(self) -> URL:
        """Return the address; what it has of user and password gives way to a key."""
        url = URL(self.url)
        return url.with_user(None) if self.key else url

    @property
    def name(self) -> str:
        """Name it for people, without any secret."""
        url = URL(self.url)
        return f"{self.model} at {url.host}" + (f":{url.port}" if url.explicit_port else "")

    def __repr__(self) -> str:
        return f"Endpoint({self.name}, {self.dialect})"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer as it stands now.

    A later one may begin anew: the endpoint broke off and another attempt writes the answer.
    """

    text: str
    """What a fan may see: without thinking, without tool calls."""

    is_final: bool
    finish: str = ""
    """Why the model ended: "stop", "length" and the like; "" until final."""

    usage: Usage | None = None
    """None until final, and where the endpoint does not say."""

    endpoint: str
    """`Endpoint.name` of the one that answers."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait for what, in seconds."""

    connect: float = 5.0
    first_token: float = 10.0
    """From the request to the first word, be it of thinking."""

    gap: float = 8.0
    """Between one word and the next."""

    total: float = 60.0
    """For the whole answer with all its attempts: longer no fan waits."""

    linger: float = 0.5
    """After the end of an answer, for usage and the end of the stream."""

    back_off: BackOff = BackOff()


class EndpointReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at an endpoint found."""

    endpoint: str
    dialect: str
    """Name, or "" when nothing answers."""

    models: tuple[str, ...]
    """That it lists; many list none."""

    is_served: bool
    """The model answered a question."""

    error: str
    """One sentence about what is wrong, or ""."""
