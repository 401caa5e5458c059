/** <chat-view>: the conversation on screen: its head, timeline and composer; home and closed states. */

import { attentionWords, showAttention } from "./attention-dialog.js";
import { isHushed } from "./attention-rules.js";
import { faceOf, icon } from "./faces.js";
import { isolate } from "./labels.js";
import { mayPost } from "./rights.js";

const COARSE = matchMedia("(pointer: coarse)");

export class ChatView extends HTMLElement {
  #app = null;
  #id = null;

  connect(app) {
    this.#app = app;
    this.piece = (name) => this.querySelector(`[data-part="${name}"]`);
    this.list = this.querySelector("message-list");
    this.composer = this.querySelector("message-composer");
    this.typing = this.querySelector("typing-line");
    this.pins = this.querySelector("pins-line");
    this.reports = this.querySelector("reports-line");
    this.presence = this.querySelector("presence-line");
    this.heading = this.querySelector("h1#talk-name");
    for (const child of this.querySelectorAll("connection-line, reports-line, pins-line, message-list, typing-line, presence-line, message-composer")) child.connect(app);
    this.piece("attention-link").addEventListener("click", (event) => this.#onAttention(event));
    this.piece("details-link").addEventListener("click", (event) => this.#onDetails(event));
    this.#takeDrops();
    this.addEventListener("sent", () => this.list.showNewest());
    this.addEventListener("edit", ({ detail }) => this.composer.edit(detail));
    this.addEventListener("reply", ({ detail }) => this.composer.reply(detail, detail.own ? "yourself" : this.#app.directory.name(detail.authorId) ?? "someone"));
    this.composer.lastOwn = () => this.list.lastOwn;
    app.store.subscribe(({ conversation_id }) => this.#onNews(conversation_id));
    app.outbox.addEventListener("change", () => this.piece("gone").hidden || this.#showUnsent());
    app.directory.addEventListener("names", () => this.#drawHead());
  }

  get id() { return this.#id; }

  /** Shows a conversation, or with null the home. `focus`: the composer takes the keys. */
  async show(id, { at = null, focus = false, toUnread = false, toMention = false } = {}) {
    if (id === this.#id && toMention) return this.list.jump("mention");
    if (id === this.#id && !at && !toUnread) return id && this.list.showNewest();
    this.list.leave();
    this.#id = id;
    const conversation = id && this.#app.store.get(id);
    this.#stage(!id ? "home" : conversation ? "talk" : "gone");
    this.#app.details.show(conversation ? id : null);
    this.typing.show(id);
    this.pins.show(conversation ? id : null);
    this.reports.show(conversation ? id : null);
    if (!conversation) return this.#showUnsent();
    this.#drawHead();
    this.#app.sync.describeGroup(id);
    if (focus && !COARSE.matches) this.composer.focusField();
    await this.list.show(id, { at, toUnread });
    return toMention && this.list.jump("mention");
  }

  /** Files that are dropped anywhere on the conversation. */
  #takeDrops() {
    const talk = this.piece("talk");
    const isFiles = (event) => event.dataTransfer?.types.includes("Files") && !talk.hidden;
    let depth = 0; // enter and leave come for every element on the way
    const mark = (step) => talk.classList.toggle("dropping", (depth = Math.max(0, depth + step)) > 0);
    talk.addEventListener("dragenter", (event) => isFiles(event) && mark(1));
    talk.addEventListener("dragleave", (event) => isFiles(event) && mark(-1));
    talk.addEventListener("dragover", (event) => isFiles(event) && event.preventDefault());
    talk.addEventListener("drop", (event) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      mark(-depth);
      this.composer.attach(droppedFiles(event.dataTransfer));
    });
  }

  #stage(name) {
    for (const part of ["home", "talk", "gone"]) this.piece(part).hidden = part !== name;
    this.closest(".app").classList.toggle("on-home", name === "home");
  }

  #onNews(conversation_id) {
    if (!this.#id) return;
    if (!this.#app.store.get(this.#id)) {
      if (!this.piece("talk").hidden) this.#close();
    } else if (!this.piece("gone").hidden) this.#reopen(); // a member again, as news or as the positions tell
    else if (conversation_id === this.#id || conversation_id === null) this.#drawHead();
  }

  /** Not a member any more: what was shown leaves the screen. */
  #close() {
    this.list.leave();
    this.#stage("gone");
    this.#app.details.show(null);
    this.#showUnsent();
  }

  /** What was written and refused is still its writer's to take along; what has no answer yet may still be sent. */
  #showUnsent() {
    const refused = this.#app.outbox.of(this.#id).filter((entry) => entry.state === "failed");
    const bodies = refused.map((entry) => entry.body).filter(Boolean);
    const box = this.piece("unsent");
    box.hidden = !bodies.length;
    box.querySelector("textarea").value = bodies.join("\n\n");
  }

  #reopen() {
    const id = this.#id;
    this.#id = null;
    this.show(id);
  }

  #drawHead() {
    const conversation = this.#app.store.get(this.#id);
    if (!conversation) return;
    const { name, kind, otherId } = conversation;
    if (this.heading.textContent !== name) this.heading.textContent = name;
    this.piece("face").replaceChildren(faceOf(conversation, "small", "wide"));
    this.piece("sub").textContent = subOf(conversation);
    this.presence.show(kind === "direct" ? otherId : null);
    this.piece("details-link").href = kind === "direct" ? `/people/${otherId}/` : `/groups/${conversation.id}/`;
    this.#drawBell(conversation);
    this.piece("search-link").href = `/search/?conversation_id=${this.#id}`;
    this.composer.show(this.#id, name, mayPost(conversation));
    this.#app.attention.title = `${isolate(name)} · Parley`;
  }

  #drawBell({ id, attention, ...rest }) {
    const link = this.piece("attention-link");
    const words = isHushed({ attention, ...rest }) ? `Notifications: ${attentionWords(attention).toLowerCase()}` : "Notifications";
    link.href = `/c/${id}/attention/`;
    if (link.title === words && link.drawn) return;
    Object.assign(link, { title: words, drawn: true });
    link.setAttribute("aria-label", words);
    link.replaceChildren(icon(words === "Notifications" ? "bell" : "bell-off"));
  }

  #onAttention(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    showAttention(this.#app, this.#id);
  }

  /** Beside the timeline where there is room, else the page of the group or person. */
  #onDetails(event) {
    if (!this.#app.details.isWide || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#app.details.toggle();
  }
}

function subOf({ kind, membersCount }) {
  const members = membersCount && kind !== "direct" ? `${membersCount} member${membersCount === 1 ? "" : "s"}` : "";
  return [kind === "channel" && "Channel", members].filter(Boolean).join(" · ");
}

/** Without folders, which look like files. */
function droppedFiles({ items }) {
  const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory;
  return [...items].filter((item) => item.kind === "file" && !isFolder(item)).map((item) => item.getAsFile());
}

customElements.define("chat-view", ChatView);
