/**
 * <message-actions>: what can be done with one message. There is one for the whole timeline; it stands in the row that
 * the pointer or the focus is on, whichever moved last. Says what is wanted ("act", detail {action, item}) and does nothing itself.
 */

import { element, icon } from "./faces.js";

const ACTIONS = [
  { action: "react", icon: "smile-plus", words: () => "React", can: () => true },
  { action: "reply", icon: "reply", words: () => "Reply", can: (item, { mayPost }) => mayPost },
  { action: "edit", icon: "pencil", words: () => "Edit", can: (item) => item.own },
  { action: "pin", icon: "pin", words: ({ pinned }) => (pinned ? "Unpin" : "Pin"), can: (item, { mayPin }) => mayPin },
  { action: "save", icon: "bookmark", words: ({ saved }) => (saved ? "Remove from saved" : "Save"), can: () => true },
  { action: "link", icon: "link", words: () => "Copy link", can: () => true },
  { action: "forward", icon: "forward", words: () => "Forward", can: () => true },
  { action: "receipts", icon: "check-check", words: () => "Who has read it", can: (item, { hasReaders }) => item.own && hasReaders },
  { action: "unread", icon: "eye-off", words: () => "Mark as unread", can: (item) => !item.own },
  { action: "report", icon: "flag", words: () => "Report", can: (item) => !item.own },
  { action: "delete", icon: "trash-2", words: () => "Delete", can: (item, { mayModerate }) => item.own || mayModerate },
];

export class MessageActions extends HTMLElement {
  #row = null;
  #pinned = false; // by the focus: rows that pass under a resting pointer do not take it away
  #offered = "";
  #isHeld = false; // rows are being drawn: that the focus leaves means nothing

  /** `rights()` tells what the user may do here: {mayPost, mayModerate, mayPin, hasReaders}. */
  connect(timeline, rights) {
    this.timeline = timeline;
    this.rights = rights;
    this.setAttribute("role", "toolbar");
    this.setAttribute("aria-label", "Message");
    timeline.addEventListener("pointerover", (event) => this.#pinned || this.#onPointer(event));
    timeline.addEventListener("pointermove", (event) => (event.movementX || event.movementY) && this.#onPointer(event));
    timeline.addEventListener("pointerleave", () => this.#standIn(this.#pinned ? document.activeElement.closest("li.m") : null));
    timeline.addEventListener("focusin", (event) => this.#onFocus(event));
    timeline.addEventListener("focusout", (event) => this.#isHeld || timeline.contains(event.relatedTarget) || this.#onBlur());
    timeline.addEventListener("contextmenu", (event) => this.#onLongPress(event));
    this.addEventListener("click", (event) => this.#onClick(event));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** `draw` makes rows anew: the one it stands in may go, or come to offer something else. */
  during(draw) {
    this.#isHeld = true;
    draw();
    if (this.#row?.isConnected) this.#offer();
    else this.#onBlur();
    this.#isHeld = false;
  }

  #onPointer(event) {
    const row = event.pointerType === "mouse" && event.target.closest("li.m");
    if (row) this.#standIn(row);
  }

  #onFocus(event) {
    if (this.#isHeld) return;
    const row = event.target.closest("li.m");
    this.#pinned = Boolean(row);
    this.#standIn(row);
  }

  #onBlur() {
    this.#pinned = false;
    this.#standIn(null);
  }

  /** On a touch screen the system's menu gives way to ours, unless words are being chosen. */
  #onLongPress(event) {
    const row = event.target.closest("li.m");
    if (!row || event.pointerType === "mouse" || event.target.closest("a, button")) return;
    event.preventDefault();
    row.focus({ preventScroll: true });
  }

  #standIn(row) {
    if (row === this.#row && this.isConnected) return;
    if (this.contains(document.activeElement)) this.#row.focus({ preventScroll: true });
    this.#row = row;
    this.#offer();
  }

  #offer() {
    const row = this.#row;
    const item = row?.item;
    const actions = item?.seq && !item.deleted ? ACTIONS.filter(({ can }) => can(item, this.rights())) : [];
    this.#showButtons(actions.map((action) => ({ ...action, words: action.words(item) })));
    if (!actions.length) this.remove();
    else if (this.parentElement !== row) row.append(this);
  }

  #showButtons(actions) {
    const offered = actions.map(({ words }) => words).join();
    if (offered === this.#offered) return;
    this.#offered = offered;
    this.replaceChildren(...actions.map(actionButton));
  }

  #onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    event.stopPropagation();
    const detail = { action: button.dataset.act, item: this.#row.item, row: this.#row, button };
    this.dispatchEvent(new CustomEvent("act", { bubbles: true, detail }));
  }

  #onKey(event) {
    const step = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
    const next = step && document.activeElement[step];
    if (next) next.focus();
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.#row.focus({ preventScroll: true });
  }
}

function actionButton({ action, icon: name, words }) {
  const made = element("button", "act");
  made.type = "button";
  made.dataset.act = action;
  made.title = words;
  made.setAttribute("aria-label", words);
  made.append(icon(name));
  return made;
}

customElements.define("message-actions", MessageActions);
