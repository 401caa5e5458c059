/** <typing-line>: who else is writing in the conversation on screen. Its room is always there, so nothing jumps. */

import { Typing, typingWords } from "./typing.js";

export class TypingLine extends HTMLElement {
  #app = null;
  #id = null;
  #typing = new Typing();
  #timer = null;

  connect(app) {
    this.#app = app;
    app.sync.addEventListener("typing", ({ detail }) => {
      this.#typing.hear(detail, performance.now());
      this.#draw();
    });
    app.store.subscribe(({ change }) => {
      if (change && this.#typing.stop(change.conversation_id, change.author_id)) this.#draw();
    });
    app.directory.addEventListener("names", () => this.#draw());
  }

  show(id) {
    this.#id = id;
    this.#draw();
  }

  #draw() {
    clearTimeout(this.#timer);
    const names = this.#typing.who(this.#id, performance.now()).map((user) => this.#app.directory.name(user) ?? "Someone");
    const words = typingWords(names);
    if (this.textContent !== words) this.textContent = words;
    const end = this.#typing.nextEnd(this.#id);
    if (end) this.#timer = setTimeout(() => this.#draw(), end - performance.now() + 1);
  }
}

customElements.define("typing-line", TypingLine);
