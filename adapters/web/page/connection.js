// The WebSocket: comes back by itself, and repeats what the server has not confirmed.

import { dropPending, keepPending, readPending, readSession } from "./memory.js";

const FIRST_PAUSE = 500; // milliseconds, doubled with every failure
const LONGEST_PAUSE = 15_000;
const PATIENCE = 8_000; // for a confirmation, before the connection counts as dead
const RETRY = 3_000; // after the server said that it cannot keep a message now

export class Connection {
  #socket = null;
  #session = readSession();
  #position = "0";
  #failures = 0;
  #timer = 0;
  #watch = 0;

  /** Frames go to `onFrame`; `onState` hears "connecting", "open" and "lost". */
  constructor({ onFrame, onState }) {
    this.onFrame = onFrame;
    this.onState = onState;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
  }

  open() {
    clearTimeout(this.#timer);
    if (this.#failures === 0) this.onState("connecting");
    const address = new URL("ws", document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.search = address.hash = "";
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      const hello = { session: this.#session, after: this.#position, locale: navigator.language };
      this.#write("hello", hello);
      this.#sendPending();
    };
    socket.onmessage = (event) => this.#read(JSON.parse(event.data));
    socket.onclose = () => {
      if (socket === this.#socket) this.#lose();
    };
  }

  /** Keep a frame until it is confirmed, and send it now if possible. */
  send(type, frame) {
    keepPending({ type, ...frame });
    this.#sendPending(frame.id);
  }

  #read(frame) {
    if (frame.type === "welcome") {
      this.#failures = 0;
      this.onState("open");
      for (const item of frame.items) this.#position = item.position;
    } else if (frame.type === "ack" || (frame.type === "refused" && frame.is_lasting)) {
      dropPending(frame.id);
      this.#watchPending();
    } else if (frame.type === "refused") {
      setTimeout(() => this.#sendPending(frame.id), RETRY);
    } else if (frame.position) {
      this.#position = frame.position;
    }
    this.onFrame(frame);
  }

  #sendPending(id = null) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const { frame } of readPending()) {
      if (id === null || frame.id === id) this.#write(frame.type, frame);
    }
    this.#watchPending();
  }

  #write(type, frame) {
    this.#socket.send(JSON.stringify({ type, ...frame }));
  }

  // A connection can be dead without anybody noticing: a confirmation that does not come tells.
  #watchPending() {
    clearTimeout(this.#watch);
    if (readPending().length > 0) this.#watch = setTimeout(() => this.#drop(), PATIENCE);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#lose();
  }

  #lose() {
    clearTimeout(this.#watch);
    clearTimeout(this.#timer);
    this.#socket = null;
    this.onState("lost");
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), pause * (0.75 + Math.random() / 2));
  }

  #hurry() {
    if (this.#socket === null) this.open();
  }
}
