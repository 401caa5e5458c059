/** <saved-list>: the page of what one saved, as the server draws it; drawn again when another device saves or lets go. */

import { showLocalTimes } from "./local-times.js";

const GATHER_MS = 300;

export class SavedList extends HTMLElement {
  #timer = null;

  connect({ store, socket }) {
    const drawSoon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#draw(), GATHER_MS);
    };
    store.subscribe(({ type }) => type === "saved.changed" && drawSoon());
    // What happened since the page was made, or while we were away, is not told one by one.
    socket.addEventListener("state", () => socket.isOpen && drawSoon());
  }

  async #draw() {
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("saved-list");
    if (!page) return;
    const at = this.#stops.indexOf(document.activeElement);
    showLocalTimes(page);
    this.replaceChildren(...page.childNodes);
    if (at >= 0) (this.#stops[at] ?? this.#stops.at(-1) ?? document.getElementById("main")).focus();
  }

  get #stops() { return [...this.querySelectorAll("a, button")]; }
}

customElements.define("saved-list", SavedList);
