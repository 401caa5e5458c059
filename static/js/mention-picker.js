/**
 * <mention-picker>: the members of the conversation whose names go with what is typed after an @ in the field. The field
 * keeps the focus; the arrows choose, Enter or Tab puts the name in, Escape closes.
 */

import { element, face } from "./faces.js";
import { rank } from "./quick-find.js";
import { ask, pages } from "./rest.js";

const SHOWN_MOST = 8;
const MEMBERS_MOST = 500;
const TYPED = /(?:^|[^\p{L}\p{N}@._/+-])@([\p{L}\p{N}._-]*)$/u;
const EVERYBODY = { username: "all", label: "Everybody", name: "all" };

export class MentionPicker extends HTMLElement {
  #app = null;
  #id = null;
  #members = new Map(); // conversation → the promise of its members
  #found = [];
  #chosen = 0;

  connect(app, field) {
    this.#app = app;
    this.field = field;
    this.list = Object.assign(element("div", "mention-choices"), { id: "mention-choices", role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", "Members to mention");
    this.status = Object.assign(element("div", "visually-hidden"), { role: "status" });
    this.append(this.list, this.status);
    const aria = { "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(aria)) field.setAttribute(name, value);
    for (const name of ["input", "click"]) field.addEventListener(name, () => this.#update());
    field.addEventListener("blur", () => this.#close());
    // A press must not take the focus from the field.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#choose(event.target.closest('[role="option"]')?.member));
    app.store.subscribe(({ type, conversation_id }) => type.startsWith("member.") && this.#members.delete(conversation_id));
  }

  show(id) {
    if (id !== this.#id) this.#close();
    this.#id = id;
  }

  /** Whether the key was meant for the list. */
  takesKey(event) {
    if (this.list.hidden || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#mark(this.#chosen + step + this.#found.length);
    else if (event.key === "Escape") this.#close();
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.#choose(this.#found[this.#chosen]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** What is typed of a name before the caret; null: no name is being typed. */
  #typed() {
    const { selectionStart, selectionEnd, value } = this.field;
    return selectionStart === selectionEnd ? value.slice(0, selectionStart).match(TYPED)?.[1] ?? null : null;
  }

  async #update() {
    const id = this.#id;
    const typed = this.#typed();
    if (typed === null) return this.#close();
    const members = await this.#fetch(id);
    if (id !== this.#id || typed !== this.#typed()) return undefined;
    return this.#draw(typed ? rank(members, typed) : members);
  }

  #fetch(id) {
    if (!this.#members.has(id)) this.#members.set(id, this.#fetchMembers(this.#app.store.get(id)).catch(() => this.#forget(id)));
    return this.#members.get(id);
  }

  /** What could not be asked is asked again with the next letter. */
  #forget(id) {
    this.#members.delete(id);
    return [];
  }

  async #fetchMembers({ id, kind, otherId, role }) {
    if (kind === "direct") return otherId ? [this.#member(await ask(`/users/${otherId}`))] : [];
    const users = [];
    for await (const some of pages(`/groups/${id}/members?limit=200`)) {
      users.push(...some.map(({ user }) => user));
      if (users.length >= MEMBERS_MOST) break;
    }
    const others = users.filter((user) => user.id !== this.#app.me).map((user) => this.#member(user));
    return role === "owner" || role === "admin" ? [...others, EVERYBODY] : others;
  }

  #member({ id, username, display_name }) {
    const label = this.#app.directory.name(id) ?? (display_name || username);
    return { id, username, label, name: `${label} ${username}` };
  }

  #draw(members) {
    this.#found = members.slice(0, SHOWN_MOST);
    if (!this.#found.length) return this.#close();
    this.list.replaceChildren(...this.#found.map(option));
    this.list.hidden = false;
    this.status.textContent = this.#found.length === 1 ? "1 member" : `${this.#found.length} members`;
    return this.#mark(0);
  }

  #mark(chosen) {
    this.#chosen = chosen % this.#found.length;
    for (const [at, row] of [...this.list.children].entries()) row.setAttribute("aria-selected", String(at === this.#chosen));
    const row = this.list.children[this.#chosen];
    row.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", row.id);
  }

  #close() {
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.status.textContent = "";
    this.field.removeAttribute("aria-activedescendant");
  }

  #choose(member) {
    const typed = this.#typed();
    if (!member || typed === null) return;
    const end = this.field.selectionStart;
    this.#close();
    this.field.setRangeText(`@${member.username} `, end - typed.length - 1, end, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function option(member, at) {
  const made = Object.assign(element("div", "choice-row"), { id: `mention-${at}`, role: "option", member });
  const name = element("b", "", member.label);
  name.dir = "auto";
  made.append(member.id ? face(member.id, member.label, "small") : element("span", "face small all", "@"), name, element("span", "quiet small", `@${member.username}`));
  return made;
}

customElements.define("mention-picker", MentionPicker);
