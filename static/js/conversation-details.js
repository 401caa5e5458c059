/** <conversation-details>: the third pane on wide screens: what a conversation is and who is in it. */

import { attentionWords, showAttention } from "./attention-dialog.js";
import { isHushed } from "./attention-rules.js";
import { recall, remember } from "./device-memory.js";
import { element, face, faceOf, icon } from "./faces.js";
import { bareName, isolate } from "./labels.js";
import { drawDots, withDot } from "./presence-dots.js";
import { pages } from "./rest.js";

const MEMBERS_SHOWN = 50;
const MEMBERS_A_PAGE = 200;
const LISTED_MOST = 500; // the page of a larger one lists them
const WIDE = matchMedia("(min-width: 1100px)");
const SHOWN_KEY = "parley.details";
const SHOWN = /^member\.|^conversation\.|^attention\./;

export class ConversationDetails extends HTMLElement {
  #app = null;
  #id = null;
  #wanted = true;
  #timer = null;
  #drawn = 0; // of two drawings whose members come late only the newest counts
  #bell = this.#makeBell(); // one for good: the dialog it opens gives the focus back to it
  #showsAll = false;

  connect(app) {
    this.#app = app;
    this.#wanted = recall(SHOWN_KEY) !== "hidden";
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", "Details");
    WIDE.addEventListener("change", () => this.show(this.#id));
    app.store.subscribe(({ type, conversation_id }) => {
      if (conversation_id === this.#id && SHOWN.test(type)) this.#drawSoon();
    });
    app.directory.addEventListener("names", () => this.#drawSoon());
    app.pins.addEventListener("change", ({ detail }) => detail === this.#id && this.#drawSoon());
    app.presence.addEventListener("change", () => drawDots(this, app.presence));
  }

  get isWide() { return WIDE.matches; }

  toggle() {
    this.#wanted = this.hidden;
    remember(SHOWN_KEY, this.#wanted ? "shown" : "hidden");
    this.show(this.#id);
  }

  show(id) {
    if (id !== this.#id) {
      this.#showsAll = false;
      this.replaceChildren();
    }
    this.#id = id;
    this.hidden = !id || !this.#wanted || !WIDE.matches;
    if (!this.hidden) this.#draw();
    else this.#app.presence.show(this, []);
  }

  #drawSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => !this.hidden && this.#draw(), 300);
  }

  async #draw() {
    const id = this.#id;
    this.#drawn += 1;
    const drawn = this.#drawn;
    const conversation = this.#app.store.get(id);
    if (!conversation) return this.replaceChildren();
    const parts = [card(conversation), element("h2", "", "Notifications"), this.#bell, ...pinned(id, this.#app.pins.of(id))];
    if (conversation.kind === "direct") parts.push(link(`/people/${conversation.otherId}/`, "See profile"));
    else parts.push(...(await this.#members(conversation)));
    if (drawn !== this.#drawn || id !== this.#id) return undefined;
    this.#drawBell(conversation);
    this.#replace(parts);
    this.#app.presence.show(this, [...this.querySelectorAll(".with-dot")].map((holder) => holder.dataset.user));
    drawDots(this, this.#app.presence);
    return undefined;
  }

  /** The focus stays at its place. */
  #replace(parts) {
    const at = this.#stops.indexOf(document.activeElement);
    this.replaceChildren(...parts);
    if (at >= 0) this.#stops[Math.min(at, this.#stops.length - 1)]?.focus({ preventScroll: true });
  }

  get #stops() { return [...this.querySelectorAll("a, button")]; }

  #makeBell() {
    const made = element("button", "button plain compact wide attention");
    made.type = "button";
    made.addEventListener("click", () => showAttention(this.#app, this.#id));
    return made;
  }

  #drawBell({ attention }) {
    this.#bell.replaceChildren(icon(isHushed({ attention }) ? "bell-off" : "bell"), attentionWords(attention));
  }

  async #members(conversation) {
    const manage = link(`/groups/${conversation.id}/`, `${conversation.role === "member" ? "See" : "Manage"} ${conversation.kind}`);
    const members = await this.#fetchMembers(conversation.id).catch(() => null);
    if (!members) return [manage];
    const count = Math.max(conversation.membersCount ?? 0, members.length);
    const heading = element("h2", "", "Members ");
    heading.append(element("span", "number", String(count)));
    const list = element("ul", "people");
    list.append(...members.map((member) => this.#person(member)));
    return [heading, list, ...(count > members.length && count <= LISTED_MOST ? [this.#allButton(count)] : []), manage];
  }

  async #fetchMembers(id) {
    const members = [];
    for await (const some of pages(`/groups/${id}/members?limit=${this.#showsAll ? MEMBERS_A_PAGE : MEMBERS_SHOWN}`)) {
      members.push(...some);
      if (!this.#showsAll) break;
    }
    return members;
  }

  #allButton(count) {
    const made = element("button", "button plain compact wide", `Show all ${count} members`);
    made.type = "button";
    made.addEventListener("click", () => {
      this.#showsAll = true;
      this.#draw();
    });
    return made;
  }

  #person({ user, role }) {
    const name = this.#app.directory.name(user.id) ?? user.display_name;
    const item = element("li");
    const person = Object.assign(element("a", "person"), { href: `/people/${user.id}/` });
    if (user.id === this.#app.me) person.href = "/settings/";
    const label = element("b", "", user.id === this.#app.me ? `${isolate(bareName(name))} (you)` : name);
    label.dir = "auto";
    person.append(withDot(face(user.id, name, "small"), user.id), label);
    if (role !== "member") person.append(element("span", "quiet small", role));
    item.append(person);
    return item;
  }
}

function card(conversation) {
  const made = element("div", "about-card");
  const name = element("h2", "", conversation.name);
  name.dir = "auto";
  made.append(faceOf(conversation, "large"), name);
  if (conversation.kind === "channel") {
    const sign = element("p", "channel-sign", "Channel");
    sign.prepend(icon("megaphone"));
    made.append(sign);
  }
  if (conversation.description) {
    const words = element("p", "", conversation.description);
    words.dir = "auto";
    made.append(words);
  }
  return made;
}

function pinned(id, pins) {
  if (!pins.length) return [];
  const heading = element("h2", "", "Pinned ");
  heading.append(element("span", "number", String(pins.length)));
  const list = element("ul", "pinned-list");
  for (const { seq, text } of pins) {
    const row = Object.assign(element("a"), { href: `/c/${id}/?at=${seq}` });
    row.append(Object.assign(element("span", "", text), { dir: "auto" }));
    list.appendChild(element("li")).append(row);
  }
  return [heading, list];
}

function link(href, text) {
  return Object.assign(element("a", "button plain compact wide", text), { href });
}

customElements.define("conversation-details", ConversationDetails);
