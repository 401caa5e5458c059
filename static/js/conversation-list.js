/**
 * <conversation-list>: the rows at the left of every signed-in page, filtered, newest first. Draws what the store says
 * over the rows that the server made.
 */

import { heard, isHushed } from "./attention-rules.js";
import { element, faceOf, icon } from "./faces.js";
import { parted } from "./labels.js";
import { listWindow } from "./list-window.js";
import { nextFrame } from "./next-frame.js";
import { reportWords, waitingReports } from "./reports.js";
import { drawDots, withDot } from "./presence-dots.js";
import { exactTime, listTime } from "./times.js";
import { unreadWords } from "./unread-words.js";

const MINUTE_MS = 60_000;
const DRAFT_CHARACTERS = 200;

const shows = {
  all: () => true,
  unread: (conversation) => conversation.unread > 0,
  people: (conversation) => conversation.kind === "direct",
  groups: (conversation) => conversation.kind !== "direct",
};

export class ConversationList extends HTMLElement {
  #app = null;
  #due = null; // the drawing that is to come
  #show = "all";
  #isWindowed = false;
  #shown = []; // the list as it was last drawn, with what is outside the window

  connect(app) {
    this.#app = app;
    this.rows = this.querySelector(".rows");
    this.empty = this.querySelector('[data-part="empty"]');
    this.chips = this.querySelector(".chips");
    this.chips.hidden = false;
    this.more = this.#moreButton();
    this.chips.addEventListener("click", (event) => this.#onChip(event.target.closest("button")));
    this.#connectFind();
    this.rows.addEventListener("keydown", (event) => this.#onKey(event));
    this.rows.addEventListener("click", (event) => this.#onBadge(event));
    this.rows.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    for (const name of ["pointerover", "focusin"]) this.rows.addEventListener(name, (event) => this.#explain(event.target.closest("a.unread")));
    app.store.subscribe(() => this.draw());
    app.directory.addEventListener("names", () => this.draw());
    app.presence.addEventListener("change", () => drawDots(this.rows, app.presence));
    setInterval(() => this.draw(), MINUTE_MS); // "18:42" becomes "Fri"
    this.draw();
  }

  /** Marks the row of the conversation on screen. */
  set current(id) {
    this.currentId = id;
    this.draw();
  }

  /** With a script the field opens the finder, which knows people too. */
  #connectFind() {
    const form = this.querySelector(".find");
    form.querySelector("kbd").hidden = false;
    const open = (event, words = "") => {
      event.preventDefault();
      this.#app.openFinder(words);
    };
    form.addEventListener("submit", (event) => open(event));
    form.addEventListener("mousedown", (event) => open(event));
    form.addEventListener("click", (event) => open(event));
    form.elements.q.addEventListener("keydown", (event) => {
      if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) open(event, event.key);
    });
  }

  #onChip(chip) {
    if (!chip) return;
    this.#show = chip.dataset.show;
    for (const one of this.chips.children) one.setAttribute("aria-pressed", String(one === chip));
    this.rows.scrollTop = 0;
    if (this.#show !== "all") this.#listing?.more(this.#show);
    this.draw();
  }

  get #listing() { return this.#app.sync.listing; }

  #moreButton() {
    const button = Object.assign(element("button", "button plain compact more-rows", "Show more"), { type: "button", hidden: true });
    button.addEventListener("click", () => this.#listing.more(this.#show));
    this.rows.after(button);
    return button;
  }

  /** A longer list is drawn around what is seen of it, and read on before its end is reached. */
  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.rows;
    if (scrollHeight - scrollTop - clientHeight < clientHeight) this.#listing?.more(this.#show);
    if (this.#isWindowed) this.draw();
  }

  get #rowHeight() { return this.rows.querySelector("li:has(> a.row)")?.offsetHeight ?? 0; }

  /** The indexes to draw; the room of the rest is kept above and below. */
  #window(count, kept) {
    const { scrollTop: top, clientHeight: seen } = this.rows;
    const { isWindowed, drawn, above, below } = listWindow({ count, height: this.#rowHeight, top, seen, kept });
    this.#isWindowed = isWindowed;
    this.rows.style.setProperty("--above", `${above}px`);
    this.rows.style.setProperty("--below", `${below}px`);
    return drawn;
  }

  /** The number leads to what makes it. */
  #onBadge(event) {
    const badge = event.target.closest(".badges > span");
    if (!badge || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#app.openConversation(event.target.closest("a").dataset.id, badge.className === "at-count" ? { toMention: true } : { toUnread: true });
  }

  /** What makes the number is told on hover and on focus, and to a screen reader. */
  async #explain(link) {
    if (!link || link.title) return;
    link.title = link.querySelector(".count").textContent;
    const { sign } = link.parentElement;
    const words = await unreadWords(this.#app, link.dataset.id);
    if (link.parentElement?.sign === sign) link.title = words;
  }

  #onKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const id = step && event.target.closest("a.row")?.dataset.id;
    const at = id ? this.#shown.findIndex((one) => one.id === id) + step : -1;
    if (!this.#shown[at]) return;
    event.preventDefault();
    this.#reach(at);
  }

  /** Moves the focus to a row that may not be drawn yet. */
  #reach(at) {
    const { id } = this.#shown[at];
    if (this.#isWindowed) {
      const top = at * this.#rowHeight;
      const lowest = top + this.#rowHeight - this.rows.clientHeight;
      this.rows.scrollTop = Math.max(lowest, Math.min(top, this.rows.scrollTop));
      this.#draw();
    }
    this.#link(id)?.focus();
  }

  #link(id) { return this.rows.querySelector(`a.row[data-id="${id}"]`); }

  /** Where the focus goes whose row was `id`: with the row, and when that left the list, to the one in its place. */
  #placeOfFocus(id, shown) {
    const at = id ? shown.findIndex((one) => one.id === id) : -1;
    if (at >= 0 || !id) return at;
    return Math.min(this.#shown.findIndex((one) => one.id === id), shown.length - 1);
  }

  draw() {
    this.#due ??= nextFrame(() => this.#draw());
  }

  #draw() {
    this.#due = null;
    const known = this.#app.store.sorted().filter((conversation) => conversation.kind !== null);
    const shown = known.filter((one) => shows[this.#show](one) || one.id === this.currentId);
    const focused = this.rows.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
    const kept = this.#placeOfFocus(focused, shown);
    const places = this.#window(shown.length, kept);
    const drawn = places.map((at) => shown[at]);
    this.#shown = shown;
    const items = new Map([...this.rows.children].map((item) => [item.firstElementChild.dataset.id, item]));
    const size = this.#listing?.hasMore(this.#show) ? -1 : shown.length; // -1: nobody knows yet
    let next = this.rows.firstElementChild;
    for (const [index, conversation] of drawn.entries()) {
      const item = items.get(conversation.id) ?? document.createElement("li");
      items.delete(conversation.id);
      this.#fill(item, conversation);
      item.setAttribute("aria-setsize", String(size));
      item.setAttribute("aria-posinset", String(places[index] + 1));
      if (item === next) next = next.nextElementSibling;
      else this.rows.insertBefore(item, next);
    }
    for (const item of items.values()) item.remove();
    if (kept >= 0 && !this.rows.contains(document.activeElement)) this.#link(shown[kept].id)?.focus({ preventScroll: true });
    this.#sayEmpty(known.length, shown.length);
    this.more.hidden = !this.#listing?.hasMore(this.#show);
    this.#app.presence.show(this, drawn.filter((one) => one.kind === "direct" && one.otherId).map((one) => one.otherId));
    drawDots(this.rows, this.#app.presence);
  }

  #sayEmpty(known, shown) {
    this.empty.hidden = shown > 0;
    this.empty.querySelector("p").textContent = known ? "Nothing here." : "No conversations yet.";
    this.empty.querySelector("a").hidden = known > 0;
  }

  #fill(item, conversation) {
    const author = this.#author(conversation);
    const text = conversation.preview?.deleted ? "Message deleted" : conversation.preview?.text ?? "";
    const draft = conversation.id === this.currentId ? "" : conversation.draft.text.trim().slice(0, DRAFT_CHARACTERS);
    const isQuiet = isHushed(conversation) && !heard(conversation).count;
    const sign = [conversation.name, conversation.kind, author, text, draft, conversation.unread, conversation.mentions, conversation.lastAt && listTime(conversation.lastAt),
      conversation.id === this.currentId, isHushed(conversation), isQuiet, waitingReports(conversation)].join("\n");
    if (item.sign === sign) return;
    item.sign = sign;
    const link = item.querySelector("a") ?? item.appendChild(document.createElement("a"));
    link.className = `row${conversation.unread ? " unread" : ""}${isQuiet ? " hushed" : ""}`;
    link.href = `/c/${conversation.id}/`;
    link.dataset.id = conversation.id;
    link.removeAttribute("title");
    if (conversation.id === this.currentId) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.replaceChildren(faceWithDot(conversation), title(conversation), when(conversation), draft ? begun(draft) : said(author, text));
    if (conversation.unread) link.append(badges(conversation, isQuiet));
  }

  /** Who said the newest message, where that is worth saying. */
  #author({ preview, kind }) {
    if (!preview) return "";
    if (preview.author_id === this.#app.me) return "You";
    return kind === "direct" ? "" : this.#app.directory.name(preview.author_id) ?? "…";
  }
}

function faceWithDot(conversation) {
  const face = faceOf(conversation);
  return conversation.kind === "direct" && conversation.otherId ? withDot(face, conversation.otherId) : face;
}

/** Each part in its own direction: an Arabic name does not turn an English line round. */
function said(author, text) {
  const made = element("span", "last");
  if (author) made.append(element("bdi", "", author), ": ");
  made.append(element("bdi", "", text));
  return made;
}

function begun(draft) {
  const made = element("span", "last");
  made.append(element("b", "draft", "Draft:"), " ", element("bdi", "", draft));
  return made;
}

function named(tag, text) {
  const made = element(tag, "", text);
  made.dir = "auto";
  return made;
}

/** A long name is cut before the username that tells it from another one's. */
function title({ kind, name }) {
  const [own, username] = parted(name);
  const made = named("b", username ? "" : name);
  if (username) {
    made.className = "shared";
    made.append(element("span", "own-name", own), " ", Object.assign(element("span", "at-name", username), { dir: "ltr" }));
  }
  if (kind === "channel") made.prepend(icon("megaphone"), element("span", "visually-hidden", "Channel "));
  return made;
}

/** When it was last spoken in; a bell that is struck through says that it keeps quiet. */
function when(conversation) {
  const { lastAt } = conversation;
  const made = element("span", "when");
  const reports = waitingReports(conversation);
  if (reports) made.append(reportsCount(reports));
  if (isHushed(conversation)) made.append(icon("bell-off"), element("span", "visually-hidden", "muted, "));
  if (lastAt) made.append(Object.assign(element("time", "", listTime(lastAt)), { dateTime: lastAt, title: exactTime(lastAt) }));
  return made;
}

function reportsCount(reports) {
  const made = element("span", "reports-count", String(reports));
  made.prepend(icon("flag"));
  made.append(element("span", "visually-hidden", `${reportWords(reports).slice(String(reports).length)}, `));
  return made;
}

function badges({ unread, mentions }, isQuiet) {
  const made = element("span", "badges");
  if (mentions) made.append(badge("at-count", `@${shortened(mentions)}`, mentions === 1 ? " mention, " : " mentions, "));
  made.append(badge(isQuiet ? "count quiet" : "count", shortened(unread), " unread"));
  return made;
}

const shortened = (number) => (number > 999 ? "999+" : String(number));

function badge(name, text, words) {
  const made = element("span", name, text);
  made.append(element("span", "visually-hidden", words));
  return made;
}

customElements.define("conversation-list", ConversationList);
