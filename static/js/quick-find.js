/** <quick-find>: Ctrl-K. Finds any conversation by name, and any person of this Parley, and opens what is chosen. */

import { element, face, faceOf, icon } from "./faces.js";
import { isolate } from "./labels.js";
import { ask } from "./rest.js";
import { mayPost } from "./rights.js";

const CONVERSATIONS_MOST = 8;
const PEOPLE_MOST = 6;
const TYPING_PAUSE_MS = 200;

const TITLE = "Find or jump to";

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Names that begin with the words before those that contain them. */
export function rank(names, words) {
  const wanted = plain(words.trim());
  const place = (name) => {
    const at = plain(name).indexOf(wanted);
    return at === 0 ? 0 : at > 0 ? 1 + Number(plain(name)[at - 1] !== " ") : -1;
  };
  return names
    .map((item, order) => ({ item, order, place: place(item.name) }))
    .filter((one) => one.place >= 0)
    .sort((one, other) => one.place - other.place || one.order - other.order)
    .map((one) => one.item);
}

export class QuickFind extends HTMLElement {
  #app = null;
  #choices = [];
  #chosen = 0;
  #people = [];
  #timer = null;
  #picked = null; // whom to tell what is chosen, in place of opening it

  connect(app) {
    this.#app = app;
    this.#build();
  }

  open(words = "") {
    if (this.dialog.open) return;
    this.input.value = words;
    this.#people = [];
    this.dialog.showModal();
    this.input.focus();
    this.#onInput();
  }

  /** Asks for a conversation to write in; resolves with its id, or null. `title` says what for. */
  pick(title) {
    return new Promise((resolve) => {
      this.#picked = resolve;
      this.#call(title);
      this.open();
    });
  }

  #call(title) {
    this.input.placeholder = title;
    for (const part of [this.dialog, this.input]) part.setAttribute("aria-label", title);
  }

  /** Nothing was picked, or it was told by now. */
  #onClose() {
    this.#picked?.(null);
    this.#picked = null;
    this.#call(TITLE);
  }

  #build() {
    this.dialog = element("dialog", "finder");
    this.input = Object.assign(element("input"), { type: "text", autocomplete: "off" });
    this.#call(TITLE);
    const aria = { role: "combobox", "aria-expanded": "false", "aria-controls": "finder-choices", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(aria)) this.input.setAttribute(name, value);
    this.list = element("div", "choices");
    Object.assign(this.list, { id: "finder-choices", role: "listbox" });
    this.list.setAttribute("aria-label", "Found");
    const field = element("div", "finder-field");
    field.append(icon("search"), this.input, closeButton(this.dialog));
    this.status = element("p", "finder-status");
    this.status.setAttribute("role", "status");
    this.dialog.append(field, this.list, this.status);
    this.append(this.dialog);
    this.input.addEventListener("input", () => this.#onInput());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.list.addEventListener("click", (event) => this.#choose(event.target.closest('[role="option"]')?.choice));
    this.dialog.addEventListener("close", () => this.#onClose());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  #onInput() {
    this.#chosen = 0;
    this.#draw();
    clearTimeout(this.#timer);
    const words = this.input.value.trim();
    if (!words) {
      this.#people = [];
      this.#draw();
    } else this.#timer = setTimeout(() => this.#findPeople(words), TYPING_PAUSE_MS);
  }

  async #findPeople(words) {
    this.#app.sync.listing?.find(words).then(() => words === this.input.value.trim() && this.#draw());
    const { results } = await ask(`/users?search=${encodeURIComponent(words)}&limit=20`).catch(() => ({ results: [] }));
    if (words !== this.input.value.trim()) return;
    this.#people = results.filter((user) => user.id !== this.#app.me);
    this.#draw();
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#choices.length) {
      event.preventDefault();
      this.#chosen = (this.#chosen + step + this.#choices.length) % this.#choices.length;
      this.#mark();
    }
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.#choose(this.#choices[this.#chosen]);
    }
  }

  #find() {
    const words = this.input.value;
    const known = this.#app.store.sorted().filter((one) => one.kind !== null && (!this.#picked || mayPost(one)));
    const found = words.trim() ? rank(known, words) : known;
    const direct = new Set(known.filter((one) => one.kind === "direct").map((one) => one.otherId));
    const people = this.#people.filter((user) => !direct.has(user.id)).slice(0, PEOPLE_MOST);
    return [
      ...found.slice(0, CONVERSATIONS_MOST).map((conversation) => ({ conversation, name: conversation.name })),
      ...people.map((user) => ({ user, name: user.display_name || user.username })),
      ...(words.trim() && !this.#picked ? [{ words: words.trim(), name: `Search messages for “${isolate(words.trim())}”` }] : []),
    ];
  }

  #draw() {
    this.#choices = this.#find();
    this.list.replaceChildren(...this.#choices.map((choice, at) => option(choice, at)));
    this.list.hidden = !this.#choices.length;
    this.input.setAttribute("aria-expanded", String(this.#choices.length > 0));
    this.status.textContent = this.#choices.length ? "" : this.input.value.trim() ? "Nothing found." : "Type a name.";
    this.#mark();
  }

  #mark() {
    for (const [at, row] of [...this.list.children].entries()) {
      row.setAttribute("aria-selected", String(at === this.#chosen));
      if (at === this.#chosen) row.scrollIntoView({ block: "nearest" });
    }
    const id = this.list.children[this.#chosen]?.id;
    if (id) this.input.setAttribute("aria-activedescendant", id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  async #choose(choice) {
    if (!choice) return;
    if (choice.words) {
      this.dialog.close();
      this.#app.searcher.open({ words: choice.words });
      return;
    }
    try {
      const id = choice.conversation?.id ?? (await this.#openDirect(choice.user));
      const picked = this.#picked;
      this.#picked = null;
      this.dialog.close();
      if (picked) picked(id);
      else this.#app.openConversation(id);
    } catch (error) {
      this.status.textContent = error.message;
    }
  }

  async #openDirect(user) {
    const item = await ask("/conversations", { method: "POST", body: { user_id: user.id } });
    this.#app.sync.describeOne({ other_id: user.id, name: user.display_name, ...item }, item.head);
    return item.id;
  }
}

function option(choice, at) {
  const row = element("div", "choice-row");
  Object.assign(row, { id: `choice-${at}`, role: "option", choice });
  const picture = choice.words ? icon("search") : choice.user ? face(choice.user.id, choice.name, "small") : faceOf(choice.conversation, "small");
  const name = element("b", "", choice.name);
  name.dir = "auto";
  row.append(picture, name);
  if (choice.user) row.append(element("span", "quiet small", `@${choice.user.username}`));
  else if (choice.conversation?.unread) row.append(element("span", "count", String(choice.conversation.unread)));
  return row;
}

export function closeButton(dialog) {
  const button = element("button", "tool");
  button.type = "button";
  button.setAttribute("aria-label", "Close");
  button.append(icon("x"));
  button.addEventListener("click", () => dialog.close());
  return button;
}

customElements.define("quick-find", QuickFind);
