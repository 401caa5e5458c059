/**
 * <message-search>: finds messages (Ctrl-Shift-F, or /) and leads to them where they were said. What was found stays
 * until something else is looked for, so that the next result is one press away.
 */

import "./search-picker.js";
import { element, icon } from "./faces.js";
import { isolate } from "./labels.js";
import { closeButton } from "./quick-find.js";
import { ask } from "./rest.js";
import { exactTime, listTime } from "./times.js";
import { typeText } from "./type-text.js";

const TYPING_PAUSE_MS = 300;
const QUERY_CHARACTERS = 200;
const UNFINISHED = /(?:^|\s)(?:from|in|after|before|has):(?:"[^"]*)?$/i;
const HELP = [
  ["climb rope", null, "messages with both, parts of words too"],
  ['"see you"', null, "these words in this order"],
  ["from:anna", "from:", "by somebody; from:me"],
  ["in:climbing", "in:", 'in a conversation; in:"two words"'],
  ["after:2026-03-01", "after:", "on that day or later"],
  ["before:2026", "before:", "before a day, a month or a year"],
  ["has:file", "has:file", "with a file; has:image"],
];

export class MessageSearch extends HTMLElement {
  #app = null;
  #here = null; // the conversation that was open when the search began
  #isHere = false;
  #asked = null;
  #timer = null;
  #next = null;
  #isZoneKnown = true; // to the server; without one, days are those of UTC
  #isMeant = false; // Enter was pressed: what is wrong is not just unfinished

  connect(app) {
    this.#app = app;
    this.#build();
    app.directory.addEventListener("names", () => this.#drawNames());
  }

  /** `here`: search the open conversation alone. */
  open({ words = null, here = false } = {}) {
    if (this.dialog.open) return;
    this.#here = this.#app.view?.id ?? null;
    this.#isHere = here && Boolean(this.#here);
    if (words !== null) this.input.value = words;
    this.#drawScope();
    this.dialog.showModal();
    this.input.select();
    this.input.focus();
    this.#search();
  }

  #build() {
    this.dialog = element("dialog", "searcher");
    this.dialog.setAttribute("aria-label", "Search messages");
    this.input = Object.assign(element("input"), {
      type: "text", placeholder: "Search messages", maxLength: QUERY_CHARACTERS, autocomplete: "off", dir: "auto", enterKeyHint: "search",
    });
    this.input.setAttribute("aria-label", "Search messages");
    this.input.setAttribute("aria-describedby", "searcher-status");
    const field = element("div", "finder-field");
    field.append(icon("search"), this.input, closeButton(this.dialog));
    this.chips = element("div", "chips");
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Where");
    this.status = Object.assign(element("p", "searcher-status"), { id: "searcher-status" });
    this.status.setAttribute("role", "status");
    this.list = element("ol", "found-list");
    this.help = help((words) => this.#insert(words));
    this.more = Object.assign(element("button", "button plain compact searcher-more", "Older messages"), { type: "button", hidden: true });
    const body = element("div", "searcher-body");
    body.append(this.list, this.more, this.help);
    this.picker = element("search-picker");
    this.dialog.append(field, this.picker, this.chips, this.status, body);
    this.picker.connect(this.#app, this.input);
    this.append(this.dialog);
    this.#listen();
  }

  #listen() {
    this.input.addEventListener("input", (event) => event.isComposing || this.#searchSoon());
    this.input.addEventListener("compositionend", () => this.#searchSoon());
    this.dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.list.addEventListener("click", (event) => this.#onResult(event));
    this.more.addEventListener("click", () => this.#showMore());
    this.chips.addEventListener("click", (event) => this.#onChip(event.target.closest("button")));
  }

  /** The router opens it in this page; where there is none the browser does. */
  #onResult(event) {
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey) this.dialog.close();
  }

  #onChip(chip) {
    if (!chip) return;
    this.#isHere = chip.dataset.where === "here";
    this.#drawScope();
    this.input.focus();
    this.#search();
  }

  #drawScope() {
    const { name } = this.#app.store.get(this.#here) ?? {};
    this.chips.hidden = !name;
    this.chips.replaceChildren(scopeChip("all", "Everywhere", !this.#isHere), scopeChip("here", `In ${isolate(name ?? "")}`, this.#isHere));
  }

  #insert(words) {
    const { value } = this.input;
    typeText(this.input, value && !value.endsWith(" ") ? ` ${words}` : words, value.length, value.length);
  }

  #searchSoon() {
    clearTimeout(this.#timer);
    this.#isMeant = false;
    this.#timer = UNFINISHED.test(this.input.value) ? null : setTimeout(() => this.#searchUnlessNaming(), TYPING_PAUSE_MS);
  }

  /** Not while names are offered, and not before it is known whether there are any. */
  async #searchUnlessNaming() {
    const { value } = this.input;
    await this.picker.settled;
    if (!this.picker.isOpen && value === this.input.value) this.#search();
  }

  #onKey(event) {
    if (this.picker.takesKey(event)) return;
    if (event.key === "Enter" && event.target === this.input && !event.isComposing) {
      event.preventDefault();
      clearTimeout(this.#timer);
      this.#isMeant = true;
      this.#search();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    const stops = [this.input, ...this.list.querySelectorAll("a"), ...(this.more.hidden ? [] : [this.more])];
    const at = stops.indexOf(document.activeElement);
    if (at < 0 || !stops[at + step]) return;
    event.preventDefault();
    stops[at + step].focus();
  }

  async #search() {
    const asked = this.#address();
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#next = null;
    if (!asked) return this.#show([], "");
    this.#say("Searching…");
    await this.#ask(asked, (page) => {
      this.#show(page.results, foundWords(page));
      this.#next = page.next;
      this.more.hidden = !page.next;
    });
  }

  #address() {
    const q = this.input.value.trim();
    if (!q) return "";
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const parameters = new URLSearchParams({ q, ...(timeZone && this.#isZoneKnown && { zone: timeZone }) });
    if (this.#isHere) parameters.set("conversation_id", this.#here);
    return `/search?${parameters}`;
  }

  /** Answers that come after something else was asked are dropped; a refusal says what is wrong. */
  async #ask(address, take) {
    const asked = this.#asked;
    const page = await ask(address).catch((error) => ({ error }));
    if (asked !== this.#asked) return;
    if (!page.error) return take(page);
    if (page.error.field === "zone" && this.#isZoneKnown) {
      this.#isZoneKnown = false;
      return this.#search();
    }
    if (address === asked) {
      this.#asked = null;
      this.#show([], "");
    }
    this.#say(page.error.message, this.#isMeant || page.error.status !== 400);
    return undefined;
  }

  async #showMore() {
    const address = this.#next.slice(this.#next.indexOf("/search?"));
    const count = this.list.children.length;
    await this.#ask(address, (page) => {
      this.list.append(...page.results.map((found) => this.#row(found)));
      this.#next = page.next;
      this.more.hidden = !page.next;
      this.#say(`${this.list.children.length} messages`);
      this.list.children[count]?.querySelector("a").focus();
    });
  }

  #show(results, words) {
    this.list.replaceChildren(...results.map((found) => this.#row(found)));
    this.help.hidden = results.length > 0;
    this.more.hidden = true;
    this.#say(words);
  }

  #say(words, isError = false) {
    this.status.textContent = words;
    this.status.classList.toggle("errors", isError);
    if (isError) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  #nameOf(id) {
    return id === this.#app.me ? "You" : this.#app.directory.name(id) ?? "…";
  }

  #drawNames() {
    for (const author of this.list.querySelectorAll("[data-user]")) author.textContent = this.#nameOf(author.dataset.user);
  }

  #row({ conversation_id, seq, author_id, sent_at, content_type, snippet }) {
    const link = Object.assign(element("a", "found"), { href: `/c/${conversation_id}/?at=${seq}` });
    const head = element("span", "found-head");
    const place = element("b", "", this.#app.store.get(conversation_id)?.name ?? "…");
    place.dir = "auto";
    const author = element("bdi", "found-author", this.#nameOf(author_id));
    author.dataset.user = author_id;
    const time = Object.assign(element("time", "", listTime(sent_at)), { dateTime: sent_at, title: exactTime(sent_at) });
    head.append(place, author, time);
    const text = element("span", "found-text");
    text.dir = "auto";
    for (const part of snippet) text.append(element(part.is_hit ? "mark" : "span", "", part.text));
    if (!snippet.length) text.append(element("i", "", content_type));
    link.append(head, text);
    const item = element("li");
    item.append(link);
    return item;
  }
}

function foundWords({ results, next, is_complete }) {
  const rest = is_complete ? "" : " Some conversations are still being indexed: there may be more.";
  if (results.length) return (next ? "The newest" : `${results.length} message${results.length === 1 ? "" : "s"}`) + (rest && `.${rest}`);
  return `${next ? "Nothing found lately." : "Nothing found."}${rest}`;
}

function scopeChip(where, words, isPressed) {
  const chip = Object.assign(element("button", "chip", words), { type: "button" });
  chip.dataset.where = where;
  chip.setAttribute("aria-pressed", String(isPressed));
  return chip;
}

/** Operators can be pressed; the other lines are examples. */
function help(insert) {
  const list = element("dl", "search-help");
  for (const [example, words, meaning] of HELP) {
    const line = list.appendChild(element("div"));
    const term = line.appendChild(element("dt"));
    const code = element("code", "", example);
    if (words) {
      const button = Object.assign(term.appendChild(element("button")), { type: "button" });
      button.append(code);
      button.addEventListener("click", () => insert(words));
    } else term.append(code);
    line.append(element("dd", "", meaning));
  }
  return list;
}

customElements.define("message-search", MessageSearch);
