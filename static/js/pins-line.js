/** <pins-line>: below the head of a conversation, the message that was pinned last, and the way to the others. */

import { element, icon } from "./faces.js";

export class PinsLine extends HTMLElement {
  #app = null;
  #id = null;

  connect(app) {
    this.#app = app;
    app.pins.addEventListener("change", ({ detail }) => detail === this.#id && this.#draw());
  }

  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.#draw();
    if (id) this.#app.pins.load(id);
  }

  #draw() {
    const pins = this.#app.pins.of(this.#id);
    this.hidden = !pins.length;
    if (this.hidden) return this.replaceChildren();
    const newest = Object.assign(element("a", "pins-newest"), { href: `/c/${this.#id}/?at=${pins[0].seq}` });
    const text = element("span", "", pins[0].text);
    text.dir = "auto";
    newest.append(icon("pin"), element("span", "visually-hidden", "Pinned: "), text);
    this.replaceChildren(newest);
    if (pins.length > 1) this.append(Object.assign(element("a", "pins-all", `All ${pins.length}`), { href: `/c/${this.#id}/pins/` }));
    return undefined;
  }
}

customElements.define("pins-line", PinsLine);
