/**
 * What offers names while they are typed: a list for a field that keeps the focus. The arrows choose, Enter or Tab puts
 * the name in, Escape closes. What is typed, what goes with it and what is put in each kind says for itself.
 */

import { element } from "./faces.js";
import { rank } from "./quick-find.js";
import { typeText } from "./type-text.js";

const SHOWN_MOST = 8;

export class NameCompletion extends HTMLElement {
  /** Resolves once it is known what goes with what is typed. */
  settled = Promise.resolve();
  #found = [];
  #chosen = 0;
  #start = null; // where what is completed begins

  /** For kinds: what of the text before the caret is a name being typed, {words, start, …}; null: nothing. */
  typedIn() { return null; }

  /** For kinds: the choices that go with it, the best first: {name, label, hint, put}, and whatever `picture` needs. */
  async find() { return []; }

  /** For kinds: what is shown beside a choice. */
  picture() { return element("span"); }

  attach(field, { name, label, counted }) {
    Object.assign(this, { field, counted });
    this.list = Object.assign(element("div", "name-choices"), { id: `${name}-choices`, role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", label);
    this.status = Object.assign(element("div", "visually-hidden"), { role: "status" });
    this.append(this.list, this.status);
    const aria = { "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": this.list.id };
    for (const [attribute, value] of Object.entries(aria)) field.setAttribute(attribute, value);
    for (const type of ["input", "click"]) field.addEventListener(type, () => this.update());
    field.addEventListener("blur", () => this.close());
    // A press must not take the focus from the field.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#choose(event.target.closest('[role="option"]')?.choice));
  }

  get isOpen() { return !this.list.hidden; }

  /** Whether the key was meant for the list. */
  takesKey(event) {
    if (!this.isOpen || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return false;
    if (!this.#typed()) this.close(); // the caret went elsewhere
    if (!this.isOpen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#mark(this.#chosen + step + this.#found.length);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.#choose(this.#found[this.#chosen]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  update() {
    this.settled = this.#look().catch(() => this.close()); // without an answer there is nothing to offer
    return this.settled;
  }

  async #look() {
    const typed = this.#typed();
    if (!typed) return this.close();
    if (this.isOpen) this.#narrow(typed);
    const found = await this.find(typed);
    if (JSON.stringify(typed) !== JSON.stringify(this.#typed())) return undefined;
    this.#start = typed.start;
    return this.#draw(found);
  }

  /** Until an answer is here: nothing may be chosen that does not go with what is typed. */
  #narrow({ words, start }) {
    if (start !== this.#start) return this.close();
    return this.#draw(words ? rank(this.#found, words) : this.#found);
  }

  #typed() {
    const { selectionStart, selectionEnd, value } = this.field;
    return selectionStart === selectionEnd && document.activeElement === this.field ? this.typedIn(value.slice(0, selectionStart)) : null;
  }

  #draw(choices) {
    this.#found = choices.slice(0, SHOWN_MOST);
    if (!this.#found.length) return this.close();
    this.list.replaceChildren(...this.#found.map((choice, at) => this.#option(choice, at)));
    this.#show(true);
    const [one, several] = this.counted;
    this.status.textContent = this.#found.length === 1 ? `1 ${one}` : `${this.#found.length} ${several}`;
    return this.#mark(0);
  }

  #option(choice, at) {
    const made = Object.assign(element("div", "choice-row"), { id: `${this.list.id}-${at}`, role: "option", choice });
    const name = element("b", "", choice.label);
    name.dir = "auto";
    made.append(this.picture(choice), name, element("span", "quiet small", choice.hint));
    return made;
  }

  #mark(chosen) {
    this.#chosen = chosen % this.#found.length;
    for (const [at, row] of [...this.list.children].entries()) row.setAttribute("aria-selected", String(at === this.#chosen));
    const row = this.list.children[this.#chosen];
    row.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", row.id);
  }

  #show(isOpen) {
    this.list.hidden = !isOpen;
    if (this.field.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    if (!this.isOpen) return;
    this.#show(false);
    this.status.textContent = "";
    this.field.removeAttribute("aria-activedescendant");
  }

  #choose(choice) {
    const typed = this.#typed();
    if (!choice || !typed) return;
    this.close();
    typeText(this.field, `${choice.put} `, typed.start, this.field.selectionStart);
  }
}
