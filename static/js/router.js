/** Addresses and keys: which conversation the address names, moving between them without a new page, and shortcuts. */

import { shortcutLetter } from "./shortcut-letter.js";
import { jumpOf } from "./timeline-keys.js";

const ADDRESS = /^\/c\/(?:([0-9a-f-]{36})\/)?$/;

/** The message an address names: ?at=, #seq, or the edge of a page that was read without a script. */
function seqOf({ search, hash }) {
  const asked = new URLSearchParams(search);
  let seq = Number(asked.get("at") ?? hash.slice(1));
  if (asked.has("before")) seq = Number(asked.get("before")) - 1;
  if (asked.has("after")) seq = Number(asked.get("after")) + 1;
  return Number.isSafeInteger(seq) && seq > 0 ? seq : null;
}

/** What an address names; a jump within the page, as to its content, names nothing else. */
const placeOf = (address) => `${address.pathname} ${seqOf(address)}`;

const isSearchKey = (event, isTyping) =>
  (event.ctrlKey || event.metaKey ? event.shiftKey && shortcutLetter(event) === "f" : event.key === "/" && !isTyping) &&
  !event.altKey && !document.querySelector("dialog[open]");

/** A link to a conversation, which we open here; not one within the page. */
function leadsToConversation(link) {
  const isOurs = link && !link.target && link.origin === location.origin && ADDRESS.test(link.pathname);
  return isOurs && (!link.hash || /^#\d+$/.test(link.hash));
}

/** Nobody took it, and it asks for no new tab. */
const isPlainPress = (event) =>
  !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

export class Router {
  #app;
  #shown = null; // the place on screen

  constructor(app) { this.#app = app; }

  start() {
    addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("click", (event) => this.#onSearchLink(event));
    if (!this.#app.view) return;
    addEventListener("popstate", () => placeOf(location) === this.#shown || this.#show());
    addEventListener("click", (event) => this.#onClick(event));
    addEventListener("newest", () => this.#forgetSeq());
    this.#show({ focus: true });
  }

  /** Opens a conversation: here when this is the chat page, else by loading it. */
  go(id, how = {}) {
    const address = id ? `/c/${id}/` : "/c/";
    if (!this.#app.view) return location.assign(address);
    if (location.pathname !== address || location.search) history.pushState(null, "", address);
    return this.#show({ focus: true, ...how });
  }

  #show(how = {}) {
    const id = location.pathname.match(ADDRESS)?.[1] ?? null;
    this.#shown = placeOf(location);
    this.#app.list.current = id;
    if (!id) this.#app.attention.title = "Parley";
    return this.#open(id, { at: seqOf(location), ...how });
  }

  /** One that this page does not hold is read first. */
  async #open(id, how) {
    const { store, sync } = this.#app;
    const shown = this.#shown;
    if (id && !store.get(id) && sync.listing?.cursor) await sync.listing.load(id);
    return shown === this.#shown && this.#app.view.show(id, how);
  }

  /** The reader left the message that the address names. */
  #forgetSeq() {
    if (seqOf(location)) history.replaceState(null, "", location.pathname);
    this.#shown = placeOf(location);
  }

  #onClick(event) {
    const link = isPlainPress(event) && event.target.closest?.("a[href]");
    if (!leadsToConversation(link)) return;
    event.preventDefault();
    if (link.href !== location.href) history.pushState(null, "", link.href);
    this.#show({ focus: true });
  }

  /** Links to the page of a search open it in place. */
  #onSearchLink(event) {
    const link = isPlainPress(event) && event.target.closest?.("a[data-search]");
    if (!link) return;
    event.preventDefault();
    this.#app.searcher.open({ here: link.dataset.search === "here" });
  }

  #onKey(event) {
    const { app, isTyping } = { app: this.#app, isTyping: event.target.closest?.("input, textarea, select, [contenteditable]") };
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && shortcutLetter(event) === "k") {
      event.preventDefault();
      app.openFinder();
    } else if (isSearchKey(event, isTyping)) {
      event.preventDefault();
      app.searcher.open();
    } else if (event.key === "?" && !isTyping && !event.ctrlKey && !event.metaKey) app.keys.open();
    else if (jumpOf(event)) this.#jump(event);
    else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) this.#step(event);
    else if (event.key === "Escape" && !document.querySelector("dialog[open]") && !isTyping) app.view?.composer.focusField();
  }

  #jump(event) {
    if (!this.#app.view || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const { kind, isBack } = jumpOf(event);
    this.#app.view.list.jump(kind, isBack);
  }

  #step(event) {
    event.preventDefault();
    const links = [...document.querySelectorAll("conversation-list a.row")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) this.go(next.dataset.id);
  }
}
