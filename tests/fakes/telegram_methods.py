"""What the Bot API's methods do to the chats of the fake Telegram."""

from __future__ import annotations

from typing import Any, cast

from tests.fakes.telegram_chats import BOT, Chat, Shown
from tests.fakes.telegram_staff import RefusalError, Staff

Json = dict[str, Any]

_GENERAL = 1


class Methods(Staff):
    """The chats, and every method that needs nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []
        """Ids of presses that the bot has answered."""
        self.menus: dict[tuple[str, str], list[Json]] = {}
        """Command menus by scope and language code; "" is everybody else's."""
        self.webhook: Json = {}
        """As `setWebhook` told it; empty while there is none."""
        self.webhook_error = ""
        """Why the last update could not be posted, while updates wait."""
        self.reads_all = False
        """Whether privacy mode is off: the bot sees whatever is written in groups."""
        self.has_drafts = True
        """Whether this server knows `sendMessageDraft`."""

    def do(self, method: str, body: Json) -> object:
        """Carry a call out.

        Raises:
            RefusalError: The server would refuse it.
        """
        if "chat_id" in body:
            self._knock(self.find(body["chat_id"]), body)
        match method:
            case "getMe":
                return BOT | {
                    "can_join_groups": True,
                    "can_read_all_group_messages": self.reads_all,
                }
            case "sendMessage" | "sendDocument":
                return self._send(body)
            case "editMessageText":
                return self._edit(body)
            case "sendMessageDraft" if self.has_drafts:
                self._draft(body)
            case "sendChatAction":
                pass
            case _ if method in self.staff_methods:
                return self.staff_methods[method](self.find(body["chat_id"]), body)
            case _:
                return self._administer(method, body)
        return True

    def _administer(self, method: str, body: Json) -> object:
        match method:
            case "answerCallbackQuery":
                self.pressed.append(body["callback_query_id"])
            case "setMyCommands":
                scope = body.get("scope", {"type": "default"})["type"]
                self.menus[scope, body.get("language_code", "")] = body["commands"]
            case "setWebhook":
                self.webhook = body
            case "deleteWebhook":
                self.webhook = {}
            case "getWebhookInfo":
                return {
                    "url": self.webhook.get("url", ""),
                    "has_custom_certificate": False,
                    "pending_update_count": int(bool(self.webhook_error)),
                } | ({"last_error_message": self.webhook_error} if self.webhook_error else {})
            case _:
                raise RefusalError("Not Found: method not found", 404)
        return True

    def _knock(self, chat: Chat, body: Json) -> None:
        """Refuse whatever the chat or the topic does not take."""
        if chat.moved_to is not None:
            raise RefusalError(
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.refusal is not None:
            raise RefusalError(chat.refusal[1], chat.refusal[0])
        thread = body.get("message_thread_id")
        if thread is not None and (thread == _GENERAL or thread not in chat.topics):
            raise RefusalError("Bad Request: message thread not found")
        if thread in chat.closed_topics:
            raise RefusalError("Bad Request: TOPIC_CLOSED")

    def _send(self, body: Json) -> Json:
        chat = self.find(body["chat_id"])
        reply = cast("Json", body.get("reply_parameters") or {})
        answered = reply.get("message_id")
        if answered is not None and answered not in chat.messages:
            if not reply.get("allow_sending_without_reply"):
                raise RefusalError("Bad Request: message to be replied not found")
            answered = None
        thread = body.get("message_thread_id")
        shown = Shown(chat.new_id(), "", "", is_bot=True, reply_to=answered, thread=thread)
        if "document" in body:
            shown.upload = body["document"]
        else:
            _write(shown, body)
        chat.messages[shown.id] = shown
        chat.drafts.clear()
        return chat.message(shown)

    def _draft(self, body: Json) -> None:
        chat = self.find(body["chat_id"])
        if chat.kind != "private" or not body["draft_id"]:
            raise RefusalError("Bad Request: drafts are for private chats")
        chat.drafts[body["draft_id"]] = body.get("text", "")
        chat.draft_history.append(body.get("text", ""))

    def _edit(self, body: Json) -> Json:
        chat = self.find(body["chat_id"])
        shown = chat.messages.get(body["message_id"])
        if shown is None or not shown.is_bot:
            raise RefusalError("Bad Request: message to edit not found")
        if shown.upload is not None:
            raise RefusalError("Bad Request: there is no text in the message to edit")
        before = shown.text, shown.entities, shown.buttons
        _write(shown, body)
        if before == (shown.text, shown.entities, shown.buttons):
            raise RefusalError("Bad Request: message is not modified: it is exactly the same")
        shown.history.append(before[0])
        return chat.message(shown)


def _write(shown: Shown, body: Json) -> None:
    if not body["text"].strip():
        raise RefusalError("Bad Request: message text is empty")
    shown.text = body["text"].strip()
    shown.entities = body.get("entities", [])
    shown.buttons = body.get("reply_markup", {}).get("inline_keyboard", [])
