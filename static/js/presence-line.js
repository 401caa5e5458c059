/** <presence-line>: whether one person is here, when they last were, and what they say they do now. */

import { element } from "./faces.js";
import { dot, presenceWords } from "./presence-dots.js";

const MINUTE_MS = 60_000;

export class PresenceLine extends HTMLElement {
  #app = null;
  #id = null;

  connect(app) {
    this.#app = app;
    app.presence.addEventListener("change", () => this.#draw());
    setInterval(() => this.#draw(), MINUTE_MS); // "5 minutes ago" becomes six
    if (this.dataset.user) this.show(this.dataset.user);
  }

  /** Whose it is; null for nobody's. */
  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.hidden = !id;
    this.removeAttribute("title"); // what it says is of somebody else
    if (!this.dataset.user) this.replaceChildren();
    this.#app.presence.show(this, id ? [id] : []);
    this.#draw();
  }

  #draw() {
    const person = this.#id && this.#app.presence.of(this.#id);
    if (!person) return;
    const words = presenceWords(person);
    if (this.title === words) return;
    this.title = words;
    const text = element("bdi", "", words);
    this.replaceChildren(...(person.state === "offline" ? [text] : [dotAlone(person), text]));
  }
}

/** The words beside it say it already. */
function dotAlone(person) {
  const made = dot(person);
  made.removeAttribute("title");
  made.replaceChildren();
  return made;
}

customElements.define("presence-line", PresenceLine);
