/**
 * What people do with the messages of a timeline: what is pressed in a row or among its actions, and what that opens.
 * Draws no row: whatever is done comes back through the store.
 */

import { askToDelete, showLink, showReactions, showReceipts, showVersions } from "./message-dialogs.js";
import { isolate } from "./labels.js";
import { showMissed } from "./missed-dialog.js";
import { openPicture } from "./picture-view.js";
import { isPicture } from "./previews.js";
import { showReport } from "./report-dialog.js";
import { Unreachable, ask } from "./rest.js";
import { doesLead, mayPost } from "./rights.js";
import { copy } from "./timeline-keys.js";

const NOT_KEPT = "This browser could not keep that. Free some space, then try again.";

/** Returns the way to stop. */
function listen(target, name, listener) {
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}

export class MessageDeeds {
  /**
   * `shown()` answers the id of the conversation on screen, `say(words)` tells what was done, `fill(item)` reads what a
   * gap lacks, and `picker` is a <reaction-picker>.
   */
  constructor(app, timeline, { shown, say, fill, picker }) {
    Object.assign(this, { app, timeline, shown, say, fill, picker });
    timeline.addEventListener("click", (event) => this.#onClick(event));
    timeline.addEventListener("contextmenu", (event) => this.#onChipHeld(event));
    timeline.addEventListener("act", ({ detail }) => this.#act(detail));
  }

  #nameOf = (id) => (id === this.app.me ? "You" : this.app.directory.name(id) ?? "Someone");

  get #conversation() { return this.app.store.get(this.shown()); }

  /** A click that means to open it here, large, among the others in the window. */
  #openPicture(event) {
    const row = event.target.closest("a.picture")?.closest("li.m");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const items = [...this.timeline.children].map((one) => one.item);
    openPicture(this.shown(), items.filter((item) => item?.seq && item.file && isPicture(item.file)), row.item);
  }

  async #onClick(event) {
    if (this.#onMissed(event)) return;
    this.#openPicture(event);
    const { action, emoji } = event.target.closest("button")?.dataset ?? {};
    const item = event.target.closest(".timeline > li")?.item;
    if (!action || !item) return;
    const { outbox } = this.app;
    const key = item.change?.key ?? item.entryKey;
    if (action === "fill") this.fill(item);
    if (action === "retry") await outbox.retry(key);
    if (action === "discard") await outbox.discard(key);
    if (action === "copy") await copy(item.change?.body ?? item.body, event.target);
    if (action === "toggle") await this.#react(this.shown(), item, emoji);
    if (action === "versions") await this.#showVersions(item);
    if (action === "receipts") this.#showReceipts(item);
  }

  #onMissed(event) {
    const link = event.target.closest("a[data-missed]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return false;
    event.preventDefault();
    showMissed(this.app, this.shown(), link.dataset.missed);
    return true;
  }

  /** What the user may do here. */
  get rights() {
    const { kind } = this.#conversation ?? {};
    const leads = doesLead(this.#conversation ?? {});
    return { mayPost: mayPost(this.#conversation ?? {}), mayModerate: leads, mayPin: kind === "direct" || leads, hasReaders: kind === "group" };
  }

  #hasReacted(item, emoji) {
    return item.reactions.some((one) => one.emoji === emoji && one.users.includes(this.app.me));
  }

  /** Whether the outbox took it; where the browser can keep no more, that is said. */
  async #write(id, fields) {
    return this.app.outbox.add(id, fields).then(() => true, () => {
      this.say(NOT_KEPT);
      return false;
    });
  }

  #react(id, item, emoji) {
    const type = this.#hasReacted(item, emoji) ? "reaction.remove" : "reaction.add";
    return this.#write(id, { type, target: item.seq, about: item.key, emoji });
  }

  async #pickReaction(id, row, button) {
    const emoji = await this.picker.pick(button);
    if (id !== this.shown()) return;
    row.focus({ preventScroll: true });
    if (emoji && !this.#hasReacted(row.item, emoji)) await this.#react(id, row.item, emoji);
  }

  /** A page that was not served over https may not copy: then it is shown. */
  async #copyLink(id, { seq }) {
    const address = `${location.origin}/c/${id}/?at=${seq}`;
    if (await navigator.clipboard?.writeText(address).then(() => true, () => false)) this.say("Link copied");
    else showLink(address);
  }

  /** A long press or the other mouse button on a chip tells who reacted. */
  #onChipHeld(event) {
    const row = event.target.closest("button.reaction")?.closest("li.m");
    if (!row) return;
    event.preventDefault();
    showReactions(row.item.reactions, this.#nameOf);
  }

  #act({ action, item, row, button }) {
    const id = this.shown();
    if (action === "react") this.#pickReaction(id, row, button);
    if (action === "reply") this.timeline.dispatchEvent(new CustomEvent("reply", { bubbles: true, detail: item }));
    if (action === "forward") this.#forward(id, item, row);
    if (action === "edit") this.timeline.dispatchEvent(new CustomEvent("edit", { bubbles: true, detail: item }));
    if (action === "pin") this.#write(id, { type: item.pinned ? "message.unpin" : "message.pin", target: item.seq, about: item.key });
    if (action === "save") this.app.saved.toggle(id, item.seq).then((words) => this.say(words));
    if (action === "link") this.#copyLink(id, item);
    if (action === "receipts") this.#showReceipts(item);
    if (action === "unread") this.say(this.app.sync.markUnread(id, item.seq) ? "Marked as unread" : new Unreachable().message);
    if (action === "report") showReport(this.app.store.get(id), item, row);
    if (action === "delete") this.#delete(id, item, row);
  }

  /** The entry carries what is shown of it there until it is stored. */
  async #forward(id, item, row) {
    const to = await this.app.finder.pick("Forward to");
    row.focus({ preventScroll: true });
    if (!to) return;
    const { seq, body, file } = item;
    const forwarded = item.forwarded ?? { author_id: item.authorId, conversation_id: id, seq };
    const isTaken = await this.#write(to, { type: "message.forward", source_id: id, source_seq: seq, about: item.key, body, file, forwarded });
    if (isTaken) this.say(`Forwarded to ${isolate(this.app.store.get(to)?.name ?? "the conversation")}`);
  }

  async #delete(id, item, row) {
    if (await askToDelete(item)) await this.#write(id, { type: "message.delete", target: item.seq, about: item.key });
    row.focus({ preventScroll: true });
  }

  /** Stays true while it is open. */
  #showReceipts({ seq }) {
    const { receipts } = this.#conversation;
    const draw = showReceipts(this.#nameOf);
    const say = () => draw(receipts.people(seq, this.app.me), receipts.summary(seq, this.app.me));
    const stops = [this.app.store.subscribe(({ type }) => type === "receipts.changed" && say()), listen(this.app.directory, "names", say)];
    draw.dialog.addEventListener("close", () => stops.forEach((stop) => stop()));
    say();
  }

  async #showVersions({ seq }) {
    const answer = await ask(`/conversations/${this.shown()}/messages/${seq}/versions`).catch((error) => this.say(error.message));
    if (answer?.results.length) showVersions(answer.results);
  }
}
