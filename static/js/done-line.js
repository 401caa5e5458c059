/**
 * <done-line>: for a moment, over the end of the timeline, what was just done or could not be. For eyes: the announcer
 * says the same aloud.
 */

const SHOWN_MS = 5_000;

export class DoneLine extends HTMLElement {
  #timer = null;

  show(text) {
    clearTimeout(this.#timer);
    this.textContent = text;
    this.hidden = !text;
    if (text) this.#timer = setTimeout(() => this.show(""), SHOWN_MS);
  }
}

customElements.define("done-line", DoneLine);
