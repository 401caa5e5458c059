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

const PAUSE_MS = 150;

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
  #words = null; // of the newest question about places

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
    const choices = operator === "in" ? await this.#places(words.trim()) : [this.#me(), ...(await this.#people(words))];
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

  /** Those that this page holds, once the server's that go with the words are among them. */
  async #places(words) {
    if (words) await this.#findPlaces(words);
    const known = this.#app.store.sorted().filter(({ kind, name }) => kind !== null && name && !name.includes('"'));
    return known.map((place) => {
      const wanted = asked(place.name);
      return { place, label: place.name, name: place.name, hint: "", put: `in:${wanted}` };
    });
  }

  /** Asks the server a moment after the last key; what fails leaves what is held. */
  async #findPlaces(words) {
    const { listing } = this.#app.sync;
    if (!listing?.hasMore("all")) return;
    this.#words = words;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (this.#words === words) await listing.find(words);
  }

  picture({ id, label, place }) {
    return place ? faceOf(place, "small") : face(id, this.#app.directory.name(id) ?? label, "small");
  }
}

customElements.define("search-picker", SearchPicker);
