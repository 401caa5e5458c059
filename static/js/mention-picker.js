/**
 * <mention-picker>: the members of the conversation whose names go with what is typed after an @ in the field. Of a group
 * they are fetched once, of a channel, which may have any number, the server is asked.
 */

import { element, face } from "./faces.js";
import { bareName } from "./labels.js";
import { NameCompletion } from "./name-completion.js";
import { NameSearch } from "./name-search.js";
import { rank } from "./quick-find.js";
import { ask, pages } from "./rest.js";
import { typedMention } from "./typed-mention.js";

const EVERYBODY = { put: "@all", label: "Everybody", name: "all", hint: "@all" };

export class MentionPicker extends NameCompletion {
  #app = null;
  #id = null;
  #members = new Map(); // conversation → the promise of its members
  #search = new NameSearch();

  connect(app, field) {
    this.#app = app;
    this.attach(field, { name: "mention", label: "Members to mention", counted: ["member", "members"] });
    app.store.subscribe(({ type, conversation_id }) => {
      if (!type.startsWith("member.")) return;
      this.#members.delete(conversation_id);
      if (conversation_id === this.#id) this.#search.forget();
    });
  }

  show(id) {
    if (id !== this.#id) this.close();
    this.#id = id;
  }

  typedIn(text) {
    const typed = typedMention(text);
    return typed && { id: this.#id, ...typed };
  }

  async find({ id, words }) {
    const { kind, role } = this.#app.store.get(id) ?? {};
    const others = kind === "channel" ? await this.#ask(id, words) : await this.#fetch(id);
    const members = role === "owner" || role === "admin" ? [...others, EVERYBODY] : others;
    return words ? rank(members, words) : members;
  }

  async #ask(id, words) {
    const rows = await this.#search.find(`/groups/${id}/members`, words);
    return this.#others(rows.map(({ user }) => user));
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

  async #fetchMembers({ id, kind, otherId }) {
    if (kind === "direct") return otherId ? this.#others([await ask(`/users/${otherId}`)]) : [];
    const users = [];
    for await (const some of pages(`/groups/${id}/members?limit=200`)) users.push(...some.map(({ user }) => user));
    return this.#others(users);
  }

  #others(users) {
    return users.filter((user) => user.id !== this.#app.me).map(({ id, username, display_name }) => {
      const label = bareName(this.#app.directory.name(id) ?? (display_name || username));
      return { id, label, name: `${label} ${username}`, hint: `@${username}`, put: `@${username}` };
    });
  }

  picture({ id, label }) {
    return id ? face(id, label, "small") : element("span", "face small all", "@");
  }
}

customElements.define("mention-picker", MentionPicker);
