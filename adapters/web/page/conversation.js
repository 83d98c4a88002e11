// What stands on the page: messages of the fan, answers that grow, answers that are final.

import { make, makeIcon } from "./dom.js";

const ANNOUNCED = 10_000; // milliseconds until a screen reader has surely begun to read

export class Conversation {
  #items = new Map();
  #clock;

  /**
   * @param list where items stand
   * @param announcer what a screen reader reads out when it changes
   * @param words our own texts
   * @param bot the bot's name
   * @param onPress called with the id of a button
   */
  constructor({ list, announcer, words, bot, language, onPress }) {
    Object.assign(this, { list, announcer, words, bot, onPress });
    this.#clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
  }

  /** Show a message of the fan, "sending" until the server has it; returns its element. */
  showFan({ id, text, sent_at: sentAt }, state) {
    let item = this.#items.get(id);
    if (!item) {
      item = make("article", { class: "item fan", id: `fan-${id}` });
      item.append(
        make("h2", { class: "unseen" }, this.words.you),
        make("div", { class: "bubble" }, make("div", { class: "text", dir: "auto" }, text)),
        make("div", { class: "foot" }),
      );
      this.#place(id, item, state !== "sent");
    }
    item.dataset.state = state;
    const mark = state === "sent" ? "done" : "sending";
    item.querySelector(".foot").replaceChildren(this.#makeTime(sentAt), makeIcon(mark));
    return item;
  }

  /** The server has it. */
  confirm(id) {
    const item = this.#items.get(id);
    if (item?.dataset.state !== "sending") return;
    item.dataset.state = "sent";
    item.querySelector(".foot svg").replaceWith(makeIcon("done"));
  }

  /** The server will not take it, and says why. */
  refuse(id, why) {
    const item = this.#items.get(id);
    if (!item) return;
    item.dataset.state = "failed";
    item.querySelector(".foot").replaceChildren(makeIcon("failed"), why);
  }

  /** Show an answer as far as it is written; one that is final stays so. */
  showGrowing({ id, html, language, direction }) {
    const item = this.#items.get(id) ?? this.#makeBot(id);
    if (item.dataset.state === "final") return;
    item.dataset.state = html ? "growing" : "typing";
    item.setAttribute("aria-busy", "true");
    const body = item.querySelector(".text");
    if (!html) {
      body.replaceChildren(this.#makeDots());
      return;
    }
    body.lang = language;
    body.dir = direction;
    body.innerHTML = html; // made safe by the server
  }

  /** Show a final answer; one that comes while the page is open is read out, once. */
  showBot(answer, isLive) {
    const item = this.#items.get(answer.id) ?? this.#makeBot(answer.id);
    if (item.dataset.state === "final") return;
    item.dataset.state = "final";
    item.removeAttribute("aria-busy");
    const body = item.querySelector(".text");
    body.lang = answer.language;
    body.dir = answer.direction;
    body.innerHTML = answer.html; // made safe by the server
    for (const table of body.querySelectorAll("table")) {
      const frame = make("div", { class: "table", tabindex: "0" });
      table.replaceWith(frame);
      frame.append(table);
    }
    const spoken = body.innerText;
    if (answer.sources.length > 0) body.append(this.#makeSources(answer));
    if (answer.buttons.length > 0) body.append(this.#makeButtons(answer));
    if (answer.files?.length > 0) body.append(this.#makeFiles(answer));
    item.append(this.#makeFoot(answer, spoken));
    if (isLive) this.#announce(spoken, answer);
  }

  /** Take away what was about to be written: nobody knows whether it still is. */
  dropTyping() {
    for (const [id, item] of this.#items) {
      if (item.dataset.state === "typing") this.#remove(id, item);
    }
  }

  /** Forget everything that the server has. */
  clear() {
    for (const [id, item] of this.#items) {
      if (item.dataset.state !== "sending") this.#remove(id, item);
    }
  }

  #remove(id, item) {
    item.remove();
    this.#items.delete(id);
  }

  // What the server has stands above what is still on its way to it.
  #place(id, item, isLast) {
    this.#items.set(id, item);
    const waiting = isLast ? null : this.list.querySelector('.fan[data-state="sending"]');
    this.list.insertBefore(item, waiting);
  }

  #makeBot(id) {
    const item = make("article", { class: "item bot" });
    item.append(
      make("h2", { class: "unseen" }, this.bot),
      make("div", { class: "bubble" }, make("div", { class: "text" })),
    );
    this.#place(id, item, false);
    return item;
  }

  #makeDots() {
    const dots = make("span", { class: "dots", role: "img", "aria-label": this.words.typing });
    dots.append(make("i"), make("i"), make("i"));
    return dots;
  }

  #makeTime(moment) {
    const date = new Date(moment);
    return make("time", { datetime: date.toISOString() }, this.#clock.format(date));
  }

  #makeSources({ sources }) {
    const list = make("ul", { class: "sources", "aria-label": this.words.sources });
    for (const { title, url, as_of: asOf } of sources) {
      const chip = url
        ? make("a", { href: url, target: "_blank", rel: "noopener nofollow noreferrer" })
        : make("span");
      chip.className = "source";
      chip.append(make("bdi", { class: "source-title" }, title));
      if (asOf) chip.append(make("small", {}, asOf));
      if (url) chip.append(makeIcon("outside"));
      list.append(make("li", {}, chip));
    }
    return list;
  }

  #makeButtons({ buttons }) {
    const row = make("div", { class: "buttons" });
    for (const { id, label } of buttons) {
      const button = make("button", { type: "button", dir: "auto" }, label);
      button.addEventListener("click", () => {
        for (const other of row.children) other.setAttribute("aria-pressed", other === button);
        this.onPress(id);
      });
      row.append(button);
    }
    return row;
  }

  #makeFiles({ files }) {
    const row = make("div", { class: "buttons" });
    for (const { name, media_type: type, content } of files) {
      const button = make("button", { type: "button", dir: "auto" }, makeIcon("download"), name);
      button.addEventListener("click", () => {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        const href = URL.createObjectURL(new Blob([bytes], { type }));
        make("a", { href, download: name }).click();
        setTimeout(() => URL.revokeObjectURL(href), 60_000);
      });
      row.append(button);
    }
    return row;
  }

  #makeFoot({ language, name, sent_at: sentAt }, spoken) {
    const foot = make("div", { class: "foot" });
    if (name) {
      const label = make("span", { class: "unseen" }, `${this.words.language} `);
      foot.append(make("span", { class: "badge" }, label, make("bdi", { lang: language }, name)));
    }
    foot.append(this.#makeTime(sentAt));
    if (navigator.clipboard) foot.append(this.#makeCopy(spoken));
    return foot;
  }

  #makeCopy(text) {
    const { copy, copied } = this.words;
    const button = make("button", { type: "button", class: "copy", "aria-label": copy, title: copy });
    button.append(makeIcon("copy"));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.replaceChildren(makeIcon("done"));
      button.setAttribute("aria-label", copied);
      button.title = copied;
      setTimeout(() => {
        button.replaceChildren(makeIcon("copy"));
        button.setAttribute("aria-label", copy);
        button.title = copy;
      }, 2_000);
    });
    return button;
  }

  #announce(text, { language, direction }) {
    const spoken = make("p", { lang: language, dir: direction }, text);
    this.announcer.replaceChildren(spoken);
    setTimeout(() => spoken.remove(), ANNOUNCED);
  }
}
