/**
 * <reaction-picker>: a short list of emoji, and a field for any other from the system's emoji keyboard. `pick(button)`
 * resolves with what was chosen, or null.
 */

import { element } from "./faces.js";

const FREQUENT = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];
const PICTURE = /\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Regional_Indicator}|[\d#*]\ufe0f?\u20e3/u;
const EDGE_PX = 8;

/** The first whole emoji of a text, or null. */
export function firstEmoji(text) {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.trim());
  return first && PICTURE.test(first.segment) ? first.segment : null;
}

export class ReactionPicker extends HTMLElement {
  #settle = null;

  connect() {
    this.popover = "auto";
    this.setAttribute("role", "dialog");
    this.setAttribute("aria-label", "React with");
    this.append(...FREQUENT.map((emoji) => this.#choice(emoji)), this.#field());
    this.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#done(null));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  pick(button) {
    this.#done(null);
    this.querySelector("input").value = "";
    this.showPopover();
    this.#placeAt(button.getBoundingClientRect());
    this.querySelector("button").focus();
    return new Promise((resolve) => { this.#settle = resolve; });
  }

  /** The message it was opened for is not on screen any more. */
  close() { this.#done(null); }

  #choice(emoji) {
    const made = element("button", "act", emoji);
    made.type = "button";
    made.addEventListener("click", () => this.#done(emoji));
    return made;
  }

  #field() {
    const made = Object.assign(element("input", "other-emoji"), { type: "text", placeholder: "Other", autocomplete: "off" });
    made.setAttribute("aria-label", "Any other emoji");
    made.addEventListener("input", () => {
      const emoji = firstEmoji(made.value);
      if (emoji) this.#done(emoji);
    });
    return made;
  }

  #onKey(event) {
    const step = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
    if (event.target.localName === "button" && step) event.target[step]?.focus();
  }

  /** Above the button where there is room, and within the window. */
  #placeAt({ top, bottom, right }) {
    const { width, height } = this.getBoundingClientRect();
    const left = Math.min(Math.max(EDGE_PX, right - width), innerWidth - width - EDGE_PX);
    const above = top - height - EDGE_PX;
    Object.assign(this.style, { left: `${left}px`, top: `${above > EDGE_PX ? above : bottom + EDGE_PX}px` });
  }

  #done(emoji) {
    const settle = this.#settle;
    this.#settle = null;
    if (this.matches(":popover-open")) this.hidePopover();
    settle?.(emoji);
  }
}

customElements.define("reaction-picker", ReactionPicker);
