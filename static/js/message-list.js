/**
 * <message-list>: the timeline of one conversation. Shows a window of what the store holds, and moves it as the reader
 * scrolls. The scroller runs from the bottom (column-reverse), so the newest line is where it begins.
 */

import "./message-actions.js";
import "./reaction-picker.js";
import { Announcer } from "./announcer.js";
import { isQuiet, wants } from "./attention-rules.js";
import { showShare } from "./attachment-rows.js";
import { askToDelete, showReactions, showReceipts, showVersions } from "./message-dialogs.js";
import { showMissed } from "./missed-dialog.js";
import { openPicture } from "./picture-view.js";
import { isPicture } from "./previews.js";
import { PAGE_CHANGES } from "./protocol.js";
import { showReport } from "./report-dialog.js";
import { ask } from "./rest.js";
import { doesLead, mayPost } from "./rights.js";
import { spokenAmount } from "./spoken-amount.js";
import { findAnchor, restoreAnchor } from "./timeline-anchor.js";
import { findFocus, restoreFocus } from "./timeline-focus.js";
import { timelineItems } from "./timeline-items.js";
import { NONE_WORDS, findJump } from "./timeline-jumps.js";
import { copy, moveAmongMessages } from "./timeline-keys.js";
import { showItems } from "./timeline-rows.js";
import { dayName } from "./times.js";

const OPENING_LINES = 80;
const STEP_LINES = 60;
const LINES_BEFORE_UNREAD = 20;
const LINES_MOST = 360;
const NEAR_END_PX = 48;
const LOAD_AHEAD_PX = 1200;
const SKELETON_PAUSE_MS = 300;
const FAR_FROM_END_PX = 900;

/**
 * Where the reader is in one conversation. `last` null: the window reaches to the newest line, whatever comes. `kept`:
 * marked as unread, so nothing counts as read until the reader comes again or goes to the newest line.
 */
const newPlace = () => ({ first: 0, last: null, following: true, anchor: null, unreadFrom: null, opened: false, kept: false });

/** Returns the way to stop. */
function listen(target, name, listener) {
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}

export class MessageList extends HTMLElement {
  #app = null;
  #id = null;
  #places = new Map();
  #frame = null;
  #loading = new Set();
  #quoted = new Set(); // conversation and seq of the messages being asked for
  #anchor = null;

  connect(app) {
    this.#app = app;
    this.lines = this.querySelector(".lines");
    this.timeline = this.querySelector(".timeline");
    this.newest = this.querySelector('[data-part="newest"]');
    this.announcer = new Announcer(this.querySelector('[data-part="announce"]'), {
      nameOf: (id) => app.directory.name(id), placeOf: (id) => this.#placeName(id), amountOf: (change) => this.#spokenAmount(change),
    });
    this.lines.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.lines.addEventListener("keydown", (event) => (event.key === "End" ? this.showNewest() : moveAmongMessages(event)));
    this.timeline.addEventListener("click", (event) => this.#onClick(event));
    this.newest.addEventListener("click", () => this.showNewest());
    this.actions = document.createElement("message-actions");
    this.actions.connect(this.timeline, () => this.#rights());
    this.picker = this.appendChild(document.createElement("reaction-picker"));
    this.picker.connect();
    this.timeline.addEventListener("contextmenu", (event) => this.#onChipHeld(event));
    this.timeline.addEventListener("act", ({ detail }) => this.#act(detail));
    addEventListener("focus", () => this.#markRead());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#visited() : this.#markRead()));
    new ResizeObserver(() => this.#hold()).observe(this.lines);
    app.store.subscribe((news) => this.#onNews(news));
    app.outbox.addEventListener("change", () => this.#render());
    app.directory.addEventListener("names", () => this.#render());
    app.saved.addEventListener("change", () => this.#render());
    app.uploads.addEventListener("progress", ({ detail }) => this.#showProgress(detail));
  }

  #nameOf = (id) => (id === this.#app.me ? "You" : this.#app.directory.name(id) ?? "Someone");

  /** In a direct conversation the author says it all. */
  #placeName(id) {
    const { kind, name } = this.#app.store.get(id) ?? {};
    return kind === "direct" ? null : name;
  }

  /** Of what is said elsewhere only how much, and nothing that one does not want to hear now. */
  #spokenAmount(change) {
    const { store, me } = this.#app;
    const { conversation_id: id } = change;
    const amount = spokenAmount(id);
    if (id === this.#id || amount === "nothing") return amount;
    const conversation = store.get(id);
    return conversation && wants(conversation, change, me) && !isQuiet(store.quietHours, new Date()) ? "count" : "nothing";
  }

  get #place() { return this.#places.get(this.#id); }
  get #conversation() { return this.#app.store.get(this.#id); }
  get atEnd() { return -this.lines.scrollTop < NEAR_END_PX; }

  /** Opens a conversation where the reader left it, at the unread line (with `toUnread` always), or at `at`, a seq. */
  async show(id, { at = null, toUnread = false } = {}) {
    this.leave();
    this.#id = id;
    this.#app.sync.shown = id;
    this.#app.saved.load(id);
    const place = this.#places.get(id) ?? newPlace();
    this.#places.set(id, place);
    const { unread, read, head } = this.#conversation ?? {};
    place.unreadFrom = unread ? read + 1 : null;
    place.missed = head > read ? { since: read, head } : null;
    place.kept = false;
    this.timeline.replaceChildren();
    const known = place.opened;
    place.opened = false; // nothing counts as seen until the view stands where it belongs
    if (toUnread && place.unreadFrom) await this.#prepareUnread(place);
    else await this.#prepare(place, at, known);
    if (this.#id !== id) return;
    this.#draw();
    this.#enter(place, at);
  }

  /** The reader goes elsewhere: the unread line has done its work. */
  leave() {
    if (this.#place) this.#remember();
    this.#visited();
    this.#id = null;
    this.#anchor = null;
    this.#app.sync.shown = null;
    this.timeline.replaceChildren();
    this.newest.hidden = true;
  }

  async showNewest() {
    const place = this.#place;
    if (!place) return;
    place.kept = false;
    this.dispatchEvent(new CustomEvent("newest", { bubbles: true }));
    if (this.#app.socket.isOpen) await this.#app.sync.fetchNewest(this.#id).catch(() => {});
    if (place !== this.#place || !this.#conversation) return;
    this.#toEnd(place);
    this.#draw();
    this.#scrollTo(0);
  }

  #toEnd(place) {
    const { log, head } = this.#conversation;
    const range = log.rangeAt(head);
    place.last = null;
    place.following = true;
    place.first = Math.max(range?.[0] ?? 1, head - OPENING_LINES + 1);
  }

  async #prepare(place, at, known) {
    if (at) return this.#prepareAt(place, at);
    if (known && !place.following) return this.#withSkeleton(this.#fillPlace(place));
    if (this.#beginsFarBack(place)) return this.#prepareUnread(place);
    return this.#withSkeleton(this.#prepareEnd(place));
  }

  /** What the reader had in sight, where it is not held any more. */
  async #fillPlace({ first, last }) {
    const { log, head } = this.#conversation ?? {};
    if (!log || log.covers(first, last ?? head) || !this.#app.socket.isOpen) return;
    await this.#app.sync.fill(this.#id, first, last ?? head).catch(() => {});
  }

  /** More is unread than a page holds: it is read from its first line on, not from its last. */
  #beginsFarBack({ unreadFrom }) {
    const { head, log } = this.#conversation ?? {};
    if (!unreadFrom || head - unreadFrom < PAGE_CHANGES - LINES_BEFORE_UNREAD) return false;
    return this.#app.socket.isOpen || log.covers(unreadFrom, unreadFrom + LINES_BEFORE_UNREAD);
  }

  async #prepareUnread(place) {
    await this.#prepareAt(place, place.unreadFrom);
    place.anchor = null;
  }

  async #prepareEnd(place) {
    const id = this.#id;
    const { sync, store, socket } = this.#app;
    if (!sync.holdsNewest(id)) {
      const fetched = sync.fetchNewest(id).catch(() => {});
      // Without a connection what is held and what waits is shown at once, with the rest as a gap.
      if (socket.isOpen) await fetched;
      else fetched.then(() => place === this.#place && place.following && this.showNewest());
    }
    const conversation = store.get(id);
    if (!conversation || id !== this.#id) return;
    this.#toEnd(place);
    if (!place.unreadFrom || conversation.head - place.unreadFrom >= PAGE_CHANGES) return;
    const from = Math.max(1, place.unreadFrom - LINES_BEFORE_UNREAD);
    const isHeld = conversation.log.covers(from, conversation.head);
    if (!isHeld && !socket.isOpen) return;
    if (!isHeld) await sync.fill(id, from, conversation.head).catch(() => {});
    place.first = Math.min(place.first, from);
  }

  async #prepareAt(place, at) {
    const half = STEP_LINES / 2;
    const first = Math.max(1, at - half + 1);
    const last = at + half;
    const { log, head } = this.#conversation;
    if (!log.covers(first, Math.min(last, head))) {
      const fetched = this.#app.sync.fetch(this.#id, { after: first - 1, limit: STEP_LINES });
      await this.#withSkeleton(fetched.catch(() => {}));
    }
    if (!this.#conversation) return;
    Object.assign(place, { first, last: last >= this.#conversation.head ? null : last, following: false });
  }

  /** A short wait shows nothing, a longer one a skeleton. */
  async #withSkeleton(work) {
    const timer = setTimeout(() => this.classList.add("loading"), SKELETON_PAUSE_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.classList.remove("loading");
    }
  }

  #enter(place, at) {
    place.opened = true;
    const target = at ? this.#rowOf(at) : place.following || !place.anchor ? this.timeline.querySelector(".new") : null;
    if (at && target) this.#point(target);
    else if (target && this.#isAbove(target)) this.#align(target, 0.2);
    else if (place.following) this.#scrollTo(0);
    else this.#restore(place.anchor);
    this.#onScroll();
  }

  #rowOf(seq) {
    return this.timeline.querySelector(`#m${seq}`);
  }

  #isAbove(row) {
    return row.getBoundingClientRect().top < this.lines.getBoundingClientRect().top + 8;
  }

  /** Puts a row at a share of the height, without a glide. */
  #align(row, share) {
    const box = this.lines.getBoundingClientRect();
    this.#scrollTo(this.lines.scrollTop + row.getBoundingClientRect().top - box.top - box.height * share);
  }

  #point(row) {
    this.#align(row, 0.35);
    row.classList.add("pointed");
    row.focus({ preventScroll: true });
    setTimeout(() => row.classList.remove("pointed"), 2500);
  }

  #scrollTo(top) {
    this.lines.scrollTop = top;
    this.#anchor = findAnchor(this.lines, this.timeline);
  }

  #onNews({ type, conversation_id, change }) {
    if (change && change.author_id !== this.#app.me && document.hasFocus()) this.announcer.add(change);
    if (conversation_id !== this.#id || !this.#id) return;
    if (type === "conversation.removed") return;
    if (type === "read.taken_back") Object.assign(this.#place, { kept: true, unreadFrom: this.#conversation.read + 1 });
    if (change && change.author_id === this.#app.me && this.#place.last === null) this.#place.following ||= this.atEnd;
    this.#render();
  }

  /** Draws at most once a frame, and keeps what the reader looks at where it is. */
  #render() {
    if (this.#frame || !this.#id) return;
    if (document.hidden) {
      this.#frame = setTimeout(() => this.#draw(), 100);
    } else this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    const conversation = this.#conversation;
    const place = this.#place;
    if (!conversation || !place?.first) return;
    this.#trim(place, conversation);
    const following = place.following && this.atEnd;
    const anchor = following ? null : findAnchor(this.lines, this.timeline);
    const focus = findFocus(this.timeline);
    this.actions.during(() => showItems(this.timeline, this.#items(place, conversation), {
      id: this.#id, me: this.#app.me, placeOf: (id) => this.#app.store.get(id)?.name ?? null, nameOf: (id) => this.#app.directory.name(id),
    }));
    restoreFocus(this.lines, this.timeline, focus);
    if (following) this.#scrollTo(0);
    else this.#restore(anchor);
    this.#afterScroll();
  }

  #items(place, { log, annotations, receipts, head, id }) {
    const items = timelineItems({
      log, annotations, receipts, first: place.first, last: place.last ?? Math.max(head, log.last), entries: this.#app.outbox.of(id),
      atEnd: place.last === null, me: this.#app.me, unreadFrom: place.unreadFrom, missed: place.missed,
    });
    this.#fetchQuoted(id, items);
    for (const item of items) item.saved = Boolean(item.seq) && this.#app.saved.has(id, item.seq);
    return items.length ? items : [{ type: "none", key: "none" }];
  }

  /** Messages that are answered and far away are read one by one. */
  #fetchQuoted(id, items) {
    for (const { quote } of items) {
      const name = `${id} ${quote?.seq}`;
      if (!quote || quote.authorId || this.#quoted.has(name)) continue;
      this.#quoted.add(name);
      // One that cannot be read is not asked for again.
      this.#app.sync.fetch(id, { after: quote.seq - 1, limit: 1 }).then(() => this.#quoted.delete(name), () => {});
    }
  }

  /** The window holds at most LINES_MOST: what leaves is far above, or far below the reader. */
  #trim(place, { head }) {
    const last = place.last ?? head;
    if (last - place.first < LINES_MOST) return;
    if (place.following) place.first = last - LINES_MOST + STEP_LINES;
    else if (-this.lines.scrollTop > 3 * LOAD_AHEAD_PX) place.last = place.first + LINES_MOST - 1;
  }

  #restore(anchor) {
    if (restoreAnchor(this.lines, this.timeline, anchor)) this.#anchor = anchor;
  }

  /** The pane changed its size: the same line stays at the same place. */
  #hold() {
    if (!this.#place) return;
    if (this.#place.following) this.lines.scrollTop = 0;
    else this.#restore(this.#anchor);
  }

  #remember() {
    this.#place.anchor = findAnchor(this.lines, this.timeline);
    if (this.#place.anchor) this.#place.anchor.row = null;
  }

  #onScroll() {
    if (!this.#place) return;
    this.#place.following = this.#place.last === null && this.atEnd;
    this.#anchor = findAnchor(this.lines, this.timeline);
    this.#afterScroll();
  }

  #afterScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.lines;
    if (scrollHeight - clientHeight + scrollTop < LOAD_AHEAD_PX) this.#loadEarlier();
    if (-scrollTop < LOAD_AHEAD_PX) this.#loadLater();
    this.#fillVisibleGap();
    this.#showPill();
    this.#markRead();
  }

  async #loadEarlier() {
    const place = this.#place;
    const log = this.#conversation?.log;
    if (!log || place.first <= 1) return;
    const first = Math.max(1, place.first - STEP_LINES);
    if (!log.covers(first, place.first - 1)) await this.#load("earlier", { before: place.first, limit: STEP_LINES * 2 });
    if (place !== this.#place || !log.covers(first, place.first - 1)) return;
    place.first = first;
    this.#render();
  }

  async #loadLater() {
    const place = this.#place;
    const conversation = this.#conversation;
    if (!conversation || place.last === null) return;
    const from = place.last;
    const last = Math.min(conversation.head, from + STEP_LINES);
    const missing = !conversation.log.covers(from + 1, last);
    if (missing) await this.#load("later", { after: from, limit: STEP_LINES * 2 });
    // The reader may have gone to the newest line meanwhile.
    if (place !== this.#place || place.last !== from || !conversation.log.covers(from + 1, last)) return;
    place.last = last >= conversation.head ? null : last;
    if (last - place.first >= LINES_MOST) place.first = last - LINES_MOST + 1;
    this.#render();
  }

  async #load(direction, range) {
    if (this.#loading.has(direction)) return;
    this.#loading.add(direction);
    try {
      await this.#app.sync.fetch(this.#id, range);
    } catch {
      // The connection line says why; scrolling asks again.
    } finally {
      this.#loading.delete(direction);
    }
  }

  #fillVisibleGap() {
    const gap = this.timeline.querySelector(".gap");
    if (!gap || this.#loading.has("gap")) return;
    const { top, bottom } = gap.getBoundingClientRect();
    const box = this.lines.getBoundingClientRect();
    if (bottom > box.top - LOAD_AHEAD_PX / 2 && top < box.bottom + LOAD_AHEAD_PX / 2) this.#fill(gap.item);
  }

  async #fill({ first, last }) {
    this.#loading.add("gap");
    // From the reader's side: the end of the gap that was looked at when coming from below.
    const from = Math.max(first, last - PAGE_CHANGES + 1);
    await this.#app.sync.fill(this.#id, from, last).catch(() => {});
    this.#loading.delete("gap");
    this.#render();
  }

  #showPill() {
    const { unread, head } = this.#conversation ?? {};
    const away = this.#place.last !== null || -this.lines.scrollTop > FAR_FROM_END_PX;
    const waits = unread > 0 && !(this.#place.last === null && this.atEnd);
    const isHidden = !head || !(away || waits);
    if (isHidden && this.newest === document.activeElement) this.lines.focus({ preventScroll: true });
    this.newest.hidden = isHidden;
    this.newest.querySelector('[data-part="newest-text"]').textContent = waits ? `${unread} new` : "Newest";
  }

  /** Read is what was on screen in a page that has the focus. */
  #markRead() {
    const conversation = this.#conversation;
    if (!conversation || !this.#place.opened || this.#place.kept || document.hidden || !document.hasFocus()) return;
    if (this.#place.last !== null || !this.atEnd) return;
    this.#place.seen = conversation.head;
    this.#app.sync.markRead(this.#id, conversation.head);
  }

  /** What was seen and concerned no unread message is not told as missed next time. */
  #visited() {
    if (this.#place?.seen && !this.#place.kept && !this.#conversation?.unread) this.#app.sync.visited(this.#id, this.#place.seen);
  }

  #showProgress({ key, share }) {
    const row = [...this.timeline.children].findLast((one) => one.item?.entryKey === key);
    if (row) showShare(row, share);
  }

  /** A click that means to open it here, large, among the others in the window. */
  #openPicture(event) {
    const row = event.target.closest("a.picture")?.closest("li.m");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const items = [...this.timeline.children].map((one) => one.item);
    openPicture(this.#id, items.filter((item) => item?.seq && item.file && isPicture(item.file)), row.item);
  }

  async #onClick(event) {
    if (this.#onMissed(event)) return;
    this.#openPicture(event);
    const { action, emoji } = event.target.closest("button")?.dataset ?? {};
    const item = event.target.closest(".timeline > li")?.item;
    if (!action || !item) return;
    const { outbox } = this.#app;
    const key = item.change?.key ?? item.entryKey;
    if (action === "fill") this.#fill(item);
    if (action === "retry") await outbox.retry(key);
    if (action === "discard") await outbox.discard(key);
    if (action === "copy") await copy(item.change?.body ?? item.body, event.target);
    if (action === "toggle") await this.#react(item, emoji);
    if (action === "versions") await this.#showVersions(item);
    if (action === "receipts") this.#showReceipts(item);
  }

  #onMissed(event) {
    const link = event.target.closest("a[data-missed]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return false;
    event.preventDefault();
    showMissed(this.#app, this.#id, link.dataset.missed);
    return true;
  }

  #rights() {
    const { kind } = this.#conversation ?? {};
    const leads = doesLead(this.#conversation ?? {});
    return { mayPost: mayPost(this.#conversation ?? {}), mayModerate: leads, mayPin: kind === "direct" || leads, hasReaders: kind === "group" };
  }

  #hasReacted(item, emoji) {
    return item.reactions.some((one) => one.emoji === emoji && one.users.includes(this.#app.me));
  }

  #react(item, emoji) {
    const type = this.#hasReacted(item, emoji) ? "reaction.remove" : "reaction.add";
    return this.#app.outbox.add(this.#id, { type, target: item.seq, emoji });
  }

  async #pickReaction(item, row, button) {
    const emoji = await this.picker.pick(button);
    row.focus({ preventScroll: true });
    if (emoji && !this.#hasReacted(row.item, emoji)) await this.#react(row.item, emoji);
  }

  /** A long press or the other mouse button on a chip tells who reacted. */
  #onChipHeld(event) {
    const row = event.target.closest("button.reaction")?.closest("li.m");
    if (!row) return;
    event.preventDefault();
    showReactions(row.item.reactions, this.#nameOf);
  }

  #act({ action, item, row, button }) {
    const id = this.#id;
    if (action === "react") this.#pickReaction(item, row, button);
    if (action === "reply") this.dispatchEvent(new CustomEvent("reply", { bubbles: true, detail: item }));
    if (action === "forward") this.#forward(id, item, row);
    if (action === "edit") this.dispatchEvent(new CustomEvent("edit", { bubbles: true, detail: item }));
    if (action === "pin") this.#app.outbox.add(id, { type: item.pinned ? "message.unpin" : "message.pin", target: item.seq });
    if (action === "save") this.#app.saved.toggle(id, item.seq).then((words) => this.announcer.say(words));
    if (action === "link") navigator.clipboard.writeText(`${location.origin}/c/${id}/?at=${item.seq}`).then(() => this.announcer.say("Link copied"), () => {});
    if (action === "receipts") this.#showReceipts(item);
    if (action === "unread") this.announcer.say(this.#app.sync.markUnread(id, item.seq) ? "Marked as unread" : "Not possible without a connection");
    if (action === "report") showReport(this.#app.store.get(id), item, row);
    if (action === "delete") this.#delete(id, item, row);
  }

  /** The entry carries what is shown of it there until it is stored. */
  async #forward(id, item, row) {
    const to = await this.#app.finder.pick("Forward to");
    row.focus({ preventScroll: true });
    if (!to) return;
    const { seq, body, file } = item;
    const forwarded = item.forwarded ?? { author_id: item.authorId, conversation_id: id, seq };
    await this.#app.outbox.add(to, { type: "message.forward", source_id: id, source_seq: seq, body, file, forwarded });
    this.announcer.say(`Forwarded to ${this.#app.store.get(to)?.name ?? "the conversation"}`);
  }

  async #delete(id, item, row) {
    if (await askToDelete(item)) await this.#app.outbox.add(id, { type: "message.delete", target: item.seq });
    row.focus({ preventScroll: true });
  }

  /** Stays true while it is open. */
  #showReceipts({ seq }) {
    const { receipts } = this.#conversation;
    const draw = showReceipts(this.#nameOf);
    const say = () => draw(receipts.people(seq, this.#app.me), receipts.summary(seq, this.#app.me));
    const stops = [this.#app.store.subscribe(({ type }) => type === "receipts.changed" && say()), listen(this.#app.directory, "names", say)];
    draw.dialog.addEventListener("close", () => stops.forEach((stop) => stop()));
    say();
  }

  async #showVersions({ seq }) {
    const { results } = await ask(`/conversations/${this.#id}/messages/${seq}/versions`).catch(() => ({ results: [] }));
    if (results.length) showVersions(results);
  }

  /** To the next message of a kind ("unread", "mention", "day") after the one where the reader is, or the one before. */
  async jump(kind, isBack = false) {
    const id = this.#id;
    if (!id) return;
    const seq = await findJump(this.#app, id, { kind, isBack, unreadFrom: this.#place.unreadFrom, from: this.#jumpsFrom(kind, isBack) }).catch(() => null);
    if (id !== this.#id) return;
    if (!seq) return void this.announcer.say(NONE_WORDS[kind][Number(isBack)]);
    await this.#jumpTo(seq);
    if (kind === "day") this.announcer.say(dayName(this.#conversation.log.get(seq).sent_at));
  }

  /** The message with the focus; else the first unread one is the next, or the uppermost in sight counts. */
  #jumpsFrom(kind, isBack) {
    const focused = document.activeElement?.closest?.(".timeline > li.m")?.item?.seq;
    if (focused) return focused;
    if (kind !== "day" && !isBack && this.#place.unreadFrom) return this.#place.unreadFrom - 1;
    return findAnchor(this.lines, this.timeline)?.row.item.seq ?? this.#conversation.head;
  }

  /** Within what is open: the unread line stays where it is. */
  async #jumpTo(seq) {
    const place = this.#place;
    if (!this.#rowOf(seq)) {
      await this.#prepareAt(place, seq);
      if (place !== this.#place) return;
      this.#draw();
    }
    const row = this.#rowOf(seq);
    if (row) this.#point(row);
    this.#onScroll();
  }

  /** The newest message of one's own in the window that can be edited. */
  get lastOwn() {
    return [...this.timeline.children].reverse().map((row) => row.item).find((item) => item?.own && item.seq && !item.deleted && !item.change);
  }
}

customElements.define("message-list", MessageList);
