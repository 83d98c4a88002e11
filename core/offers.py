"""What helps somebody whose command lacks something: its choices as buttons, or an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from core.commands import BY_NAME, CommandSpec, Option, to_text_name
from core.message import Button, Command, Press

if TYPE_CHECKING:
    from core.arguments import WrongArgumentError
    from core.language.strings import Strings

OFFER = "command"
"""What stands before the first colon of such a button's id."""

_ID = 64  # bytes; see `core.message.Button`
_EXAMPLES = {"person": "123456789", "duration": "2h", "text": "…", "language": "en"}


def offer(
    command: Command, spec: CommandSpec, wrong: WrongArgumentError, strings: Strings, language: str
) -> Sequence[Button]:
    """Return a button for each choice that completes a command; none where they cannot.

    What they cannot carry: more than 64 bytes, and the message that a command is about.
    """
    if wrong.option.kind != "choice" or command.about:
        return ()
    given = {
        option.name: command.options[option.name]
        for option in spec.options
        if command.options.get(option.name)
    }
    buttons = [
        Button(
            id=f"{OFFER}:{spec.name}:{urlencode({**given, wrong.option.name: choice})}",
            label=strings.text(f"choice.{to_text_name(choice)}", language),
        )
        for choice in wrong.option.choices
    ]
    return buttons if all(len(button.id.encode()) <= _ID for button in buttons) else ()


def to_command(press: Press, value: str) -> Command | None:
    """Return the command that a press completes, None for a button that was never offered.

    Args:
        press: Whoever presses gives the command, with their own rights.
        value: What stands behind the first colon of the button's id.
    """
    name, _, query = value.partition(":")
    spec = BY_NAME.get(name)
    if spec is None or not any(option.kind == "choice" for option in spec.options):
        return None
    return Command(
        id=press.id,
        conversation=press.conversation,
        user=press.user,
        name=name,
        sent_at=press.sent_at,
        options=dict(parse_qsl(query)),
    )


def exemplify(spec: CommandSpec, strings: Strings, language: str) -> str:
    """Return how a command is written in a chat, with as little as it needs."""
    needed = [_to_example(o, strings, language) for o in spec.options if o.is_required]
    return " ".join((f"/{to_text_name(spec.name)}", *needed))


def _to_example(option: Option, strings: Strings, language: str) -> str:
    match option.kind:
        case "choice":
            return strings.text(f"choice.{to_text_name(option.choices[0])}", language)
        case "number":
            return str(min(option.most, 20))
        case kind:
            return _EXAMPLES[kind]
