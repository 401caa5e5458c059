/**
 * <search-picker>: while somebody types from: or in: into a search, whom and where that may mean: the people with whom
 * one shares a conversation, and one's own conversations.
 */

import { face, faceOf } from "./faces.js";
import { bareName, parted } from "./labels.js";
import { NameCompletion } from "./name-completion.js";
import { NameSearch } from "./name-search.js";
import { rank } from "./quick-find.js";

const TYPED = /(?:^|\s)((from|in):(?:"([^"]*)|([^\s"]*)))$/i;

/** As a search reads it; a quotation mark inside has no place in it. */
const quoted = (name) => (/^[^\s"@]+$/.test(name) ? name : `"${name}"`);

/** Of two people with one name the username says who is meant. */
function asked(called) {
  const [name, username] = parted(called);
  return username ? username.slice(2, -1) : quoted(name);
}

export class SearchPicker extends NameCompletion {
  #app = null;
  #search = new NameSearch();

  connect(app, field) {
    this.#app = app;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-expanded", "false");
    this.attach(field, { name: "search", label: "Suggestions", counted: ["name", "names"] });
    app.store.subscribe(({ type }) => type.startsWith("member.") && this.#search.forget());
  }

  typedIn(text) {
    const found = text.match(TYPED);
    return found && { operator: found[2].toLowerCase(), words: (found[3] ?? found[4]).replace(/^@/, ""), start: text.length - found[1].length };
  }

  async find({ operator, words }) {
    const choices = operator === "in" ? this.#places() : [this.#me(), ...(await this.#people(words))];
    return words.trim() ? rank(choices, words) : choices;
  }

  #me() {
    return { id: this.#app.me, label: "You", name: "me You", hint: "from:me", put: "from:me" };
  }

  async #people(words) {
    const users = await this.#search.find("/companions", words.trim());
    return users.map(({ id, username, display_name }) => {
      const label = bareName(this.#app.directory.name(id) ?? (display_name || username));
      return { id, label, name: `${label} ${username}`, hint: `@${username}`, put: `from:${username}` };
    });
  }

  #places() {
    const known = this.#app.store.sorted().filter(({ kind, name }) => kind !== null && name && !name.includes('"'));
    return known.map((place) => ({ place, label: place.name, name: place.name, hint: "", put: `in:${asked(place.name)}` }));
  }

  picture({ id, label, place }) {
    return place ? faceOf(place, "small") : face(id, this.#app.directory.name(id) ?? label, "small");
  }
}

customElements.define("search-picker", SearchPicker);
