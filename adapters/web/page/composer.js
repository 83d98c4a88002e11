// The field in which the fan writes, and the menu of commands.

export class Composer {
  /** `onSend` gets each text; too long ones stay in the field. */
  constructor({ form, field, button, warning, maxText, onSend }) {
    Object.assign(this, { form, field, button, warning, maxText, onSend });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    field.addEventListener("input", () => this.#fit());
    field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter chooses its candidate; 229 is how Safari says so.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) {
        return;
      }
      event.preventDefault();
      this.#send();
    });
    addEventListener("resize", () => this.#fit());
    this.#fit();
  }

  #send() {
    const text = this.field.value.trim();
    this.field.focus();
    if (!text || this.#isTooLong()) return;
    this.field.value = "";
    this.#fit();
    this.onSend(text.toWellFormed?.() ?? text);
  }

  #isTooLong() {
    // Characters as the server counts them, not UTF-16 units.
    const { value } = this.field;
    return value.length > this.maxText && [...value.trim()].length > this.maxText;
  }

  #fit() {
    const isTooLong = this.#isTooLong();
    this.warning.hidden = !isTooLong;
    this.field.setAttribute("aria-invalid", isTooLong);
    this.button.disabled = isTooLong || !this.field.value.trim();
    // Empty, it is as the page is: "auto" would put our words for it on the wrong side.
    this.field.dir = this.field.value ? "auto" : "";
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }
}

/** Open and close the menu of commands; `onChoose` gets the command as it would be typed. */
export function enableMenu({ button, list, onChoose }) {
  const show = (isShown) => {
    list.hidden = !isShown;
    button.setAttribute("aria-expanded", isShown);
  };
  button.addEventListener("click", () => {
    show(list.hidden);
    if (!list.hidden) list.querySelector("button").focus();
  });
  list.addEventListener("click", (event) => {
    const entry = event.target.closest("[data-command]");
    if (!entry) return;
    show(false);
    onChoose(entry.dataset.command);
  });
  document.addEventListener("click", (event) => {
    if (!list.hidden && !button.parentElement.contains(event.target)) show(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    show(false);
    button.focus();
  });
}
