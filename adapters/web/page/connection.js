// The WebSocket: comes back by itself, and repeats what the server has not confirmed.

import { dropPending, keepPending, readPending, readSession } from "./memory.js";

// Milliseconds. Pages come back at any moment within such a span: all pages of a server that
// ended are on their way at once.
const FIRST_SPAN = 4_000; // doubled with every failure
const LONGEST_SPAN = 30_000;
const PATIENCE = 8_000; // for any sign of life while something is unconfirmed
const FIRST_RETRY = 2_000; // after the server said that it cannot keep a message now; doubled
const LONGEST_RETRY = 15_000;
const RESTART = 1012; // www.iana.org/assignments/websocket, read 2026-11-25

export class Connection {
  #socket = null;
  #session = readSession();
  #position = "0";
  #failures = 0;
  #refusals = 0;
  #sent = null; // the id of what is on its way: one at a time, or their order might change
  #timer = 0;
  #watch = 0;
  #retry = 0;

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
      this.#sent = null;
      this.#sendNext();
    };
    socket.onmessage = (event) => this.#read(JSON.parse(event.data));
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#lose(code === RESTART ? Number(reason) * 1_000 || 0 : 0);
    };
  }

  /** Keep a frame until it is confirmed, and send it now if possible. */
  send(type, frame) {
    keepPending({ type, ...frame });
    this.#hurry();
    this.#sendNext();
  }

  #read(frame) {
    this.#watchSent();
    if (frame.type === "welcome") {
      this.#failures = 0;
      this.onState("open");
      for (const item of frame.items) this.#position = item.position;
    } else if (frame.type === "ack" || (frame.type === "refused" && frame.is_lasting)) {
      this.#refusals = 0;
      dropPending(frame.id);
      this.#settle(frame.id);
      this.#sendNext();
    } else if (frame.type === "refused") {
      this.#settle(frame.id);
      const pause = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.#refusals);
      this.#refusals += 1;
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#sendNext(), pause * (0.75 + Math.random() / 2));
    } else if (frame.type === "cleared") {
      this.#position = "0";
    } else if (frame.position) {
      this.#position = frame.position;
    }
    this.onFrame(frame);
  }

  #sendNext() {
    if (this.#sent !== null || this.#socket?.readyState !== WebSocket.OPEN) return;
    const [next] = readPending();
    if (!next) return;
    clearTimeout(this.#retry);
    this.#sent = next.frame.id;
    this.#write(next.frame.type, next.frame);
    this.#watchSent();
  }

  #settle(id) {
    if (id !== this.#sent) return;
    this.#sent = null;
    clearTimeout(this.#watch);
  }

  #write(type, frame) {
    this.#socket.send(JSON.stringify({ type, ...frame }));
  }

  // A connection can be dead without anybody noticing: a confirmation that does not come tells.
  #watchSent() {
    clearTimeout(this.#watch);
    if (this.#sent !== null) this.#watch = setTimeout(() => this.#drop(), PATIENCE);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#lose(0);
  }

  // `told`: the span that the server asked for, so that it is not run over by all its pages.
  #lose(told) {
    clearTimeout(this.#watch);
    clearTimeout(this.#retry);
    clearTimeout(this.#timer);
    this.#socket = null;
    this.#sent = null;
    this.onState("lost");
    let span = told;
    if (!told) {
      span = Math.min(LONGEST_SPAN, FIRST_SPAN * 2 ** this.#failures);
      this.#failures += 1;
    }
    this.#timer = setTimeout(() => this.open(), Math.random() * span);
  }

  // Somebody is looking: people come at moments of their own.
  #hurry() {
    if (this.#socket === null) this.open();
  }
}
