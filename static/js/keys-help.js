/** <keys-help>: the keys, on `?`, and the choice of what Enter does. */

import { recall, remember } from "./device-memory.js";
import { element } from "./faces.js";
import { closeButton } from "./quick-find.js";

const ENTER_KEY = "parley.enter";
const KEYS = [
  ["Ctrl K", "Find or jump to"],
  ["Ctrl Shift F", "Search messages; also /"],
  ["Alt ↑ ↓", "Previous or next conversation"],
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["↑ ↓", "From message to message, in the timeline"],
  ["Alt U", "Next unread message; with Shift the previous"],
  ["Alt M", "Next message that mentions you; with Shift the previous"],
  ["Alt PgUp PgDn", "Beginning of the day before, or after"],
  ["↑", "Edit your last message, in an empty field"],
  ["@", "Mention somebody, in a message"],
  ["End", "Newest message, in the timeline"],
  ["Esc", "Close, or back to writing"],
  ["?", "These keys"],
];

export class KeysHelp extends HTMLElement {
  connect() {
    this.dialog = element("dialog", "keys");
    this.dialog.setAttribute("aria-labelledby", "keys-title");
    const head = element("div", "keys-head");
    head.append(Object.assign(element("h2", "", "Keys"), { id: "keys-title" }), closeButton(this.dialog));
    const list = element("dl");
    for (const [keys, words] of KEYS) list.append(term(keys), element("dd", "", words));
    this.dialog.append(head, list, enterChoice());
    this.append(this.dialog);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
  }
}

function term(keys) {
  const made = element("dt");
  for (const key of keys.split(" ")) made.append(element("kbd", "", key));
  return made;
}

function enterChoice() {
  const label = element("label", "choice");
  const box = Object.assign(element("input"), { type: "checkbox", checked: recall(ENTER_KEY) === "breaks" });
  box.addEventListener("change", () => remember(ENTER_KEY, box.checked ? "breaks" : "sends"));
  label.append(box, element("span", "", "The other way round: Enter makes a new line, Shift Enter sends"));
  return label;
}

customElements.define("keys-help", KeysHelp);
