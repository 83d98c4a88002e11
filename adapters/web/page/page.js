// Puts the page together.

import { Composer, enableMenu } from "./composer.js";
import { Connection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { makeId, readPending } from "./memory.js";

const NEAR = 96; // pixels from where the page would go by itself, within which it goes there
const GAP = 12; // pixels above a question that is kept in sight

const find = (id) => document.getElementById(id);
const { words, bot, language, max_text: maxText } = JSON.parse(find("told").textContent);
const scroller = find("scroller");
const newest = find("newest");
const title = document.title;
let isFollowing = true;
let pinned = null; // the question whose answer comes: it stays in sight, however long that gets
let missed = 0;

const conversation = new Conversation({
  list: find("items"),
  announcer: find("announcer"),
  words,
  bot,
  language,
  onPress: (button) => connection.send("press", { id: makeId(12), button }),
});

const connection = new Connection({ onFrame: show, onState: showState });

function showState(state) {
  const texts = { connecting: words.connecting, open: "", lost: words.offline };
  tell(texts[state]);
  document.body.dataset.connection = state;
  if (state === "lost") conversation.dropTyping();
}

// In one place, and not again while it stands there: a screen reader would read it out again.
function tell(text) {
  if (find("state").textContent !== text) find("state").textContent = text;
}

function show(frame) {
  switch (frame.type) {
    case "welcome":
      for (const item of frame.items) showItem(item, false);
      break;
    case "fan":
    case "bot":
      showItem(frame, true);
      break;
    case "growing":
      conversation.showGrowing(frame);
      break;
    case "ack":
      tell("");
      conversation.confirm(frame.id);
      break;
    case "refused":
      if (frame.is_lasting) conversation.refuse(frame.id, frame.text);
      else tell(frame.text); // the page will send it again by itself
      break;
    case "cleared":
      conversation.clear();
      break;
  }
  follow();
}

function showItem(item, isLive) {
  if (item.type === "fan") {
    conversation.showFan(item, "sent");
    return;
  }
  conversation.showBot(item, isLive);
  if (document.hidden && isLive) {
    missed += 1;
    document.title = `(${missed}) ${title}`;
  }
}

function say(text) {
  const id = makeId(12);
  pinned = conversation.showFan({ id, text, sent_at: Date.now() }, "sending");
  isFollowing = true;
  follow();
  connection.send("say", { id, text });
}

const findEnd = () => scroller.scrollHeight - scroller.clientHeight;
const findPlace = () => Math.min(findEnd(), pinned ? pinned.offsetTop - GAP : Infinity);

// Go with what is new unless the fan reads elsewhere; offer the way to what is out of sight.
function follow() {
  if (isFollowing) scroller.scrollTop = findPlace();
  newest.hidden = findEnd() - scroller.scrollTop < NEAR;
}

scroller.addEventListener("scroll", () => {
  isFollowing = Math.abs(scroller.scrollTop - findPlace()) < NEAR;
  if (!isFollowing && findEnd() - scroller.scrollTop < NEAR) {
    pinned = null;
    isFollowing = true;
  }
  newest.hidden = findEnd() - scroller.scrollTop < NEAR;
});
new ResizeObserver(follow).observe(scroller);
newest.addEventListener("click", () => {
  pinned = null;
  isFollowing = true;
  follow();
  find("text").focus();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  document.title = title;
});

new Composer({
  form: find("composer"),
  field: find("text"),
  button: find("send"),
  warning: find("warning"),
  maxText,
  onSend: say,
});
enableMenu({ button: find("commands"), list: find("command-list"), onChoose: say });

for (const { since, frame } of readPending()) {
  if (frame.type === "say") conversation.showFan({ ...frame, sent_at: since }, "sending");
}
connection.open();
if (matchMedia("(hover: hover)").matches) find("text").focus();
