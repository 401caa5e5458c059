/**
 * <message-list>: the timeline of one conversation. Draws what the store holds of the window, keeps the reader where they
 * are, and tells what was read.
 */

import "./done-line.js";
import "./message-actions.js";
import "./reaction-picker.js";
import { Announcer } from "./announcer.js";
import { isQuiet, wants } from "./attention-rules.js";
import { showShare } from "./attachment-rows.js";
import { sentAsFileWords } from "./attachments.js";
import { MessageDeeds } from "./message-deeds.js";
import { listed } from "./name-lists.js";
import { onNewDay } from "./new-day.js";
import { nextFrame } from "./next-frame.js";
import { ReadingPlaces } from "./reading-places.js";
import { spokenAmount } from "./spoken-amount.js";
import { findFocus, restoreFocus } from "./timeline-focus.js";
import { timelineItems } from "./timeline-items.js";
import { NONE_WORDS, findJump } from "./timeline-jumps.js";
import { moveAmongMessages } from "./timeline-keys.js";
import { showItems } from "./timeline-rows.js";
import { TimelineScroller } from "./timeline-scroller.js";
import { TimelineWindow } from "./timeline-window.js";
import { dayName } from "./times.js";

const SKELETON_PAUSE_MS = 300;
const FAR_FROM_END_PX = 900;

export class MessageList extends HTMLElement {
  #app = null;
  #id = null;
  #places = null;
  #due = null; // the drawing that is to come
  #quoted = new Set(); // conversation and seq of the messages being asked for

  connect(app) {
    this.#app = app;
    this.#places = new ReadingPlaces(app, (place) => place === this.#place && place.following && this.showNewest());
    this.lines = this.querySelector(".lines");
    this.timeline = this.querySelector(".timeline");
    this.scroller = new TimelineScroller(this.lines, this.timeline);
    this.window = new TimelineWindow(app.sync, this.scroller, {
      shown: () => ({ place: this.#place, conversation: this.#conversation }), moved: () => this.#render(),
    });
    this.newest = this.querySelector('[data-part="newest"]');
    this.announcer = new Announcer(this.querySelector('[data-part="announce"]'), {
      nameOf: (id) => app.directory.name(id), placeOf: (id) => this.#placeName(id), amountOf: (change) => this.#spokenAmount(change),
    });
    this.done = this.querySelector("done-line");
    this.lines.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.lines.addEventListener("keydown", (event) => (event.key === "End" ? this.showNewest() : moveAmongMessages(event)));
    this.newest.addEventListener("click", () => this.showNewest());
    this.picker = this.appendChild(document.createElement("reaction-picker"));
    this.picker.connect();
    const deeds = new MessageDeeds(app, this.timeline, {
      picker: this.picker, shown: () => this.#id, say: (words) => this.#say(words), fill: (item) => this.window.fill(item),
    });
    this.actions = document.createElement("message-actions");
    this.actions.connect(this.timeline, () => deeds.rights);
    addEventListener("focus", () => this.#markRead());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#visited() : this.#markRead()));
    onNewDay(() => this.#render());
    new ResizeObserver(() => this.#hold()).observe(this.lines);
    app.store.subscribe((news) => this.#onNews(news));
    app.outbox.addEventListener("change", () => this.#render());
    app.directory.addEventListener("names", () => this.#render());
    app.uploads.addEventListener("progress", ({ detail }) => this.#showProgress(detail));
    app.uploads.addEventListener("sent-as-file", ({ detail }) => this.#say(sentAsFileWords(detail.file, detail.reason)));
    app.outbox.addEventListener("delayed", ({ detail }) => detail.conversation_id === this.#id && this.#say(detail.message));
    app.sync.addEventListener("unresolved", ({ detail }) => this.#sayUnresolved(detail));
  }

  /** What was just done, or could not be. */
  #say(words) {
    this.announcer.say(words);
    this.done.show(words);
  }

  /** Who wrote a name that mentions nobody may have meant somebody. */
  #sayUnresolved({ conversation_id, unresolved }) {
    const names = listed(unresolved.map((name) => `@${name}`));
    if (conversation_id === this.#id) this.#say(`${names} ${unresolved.length === 1 ? "mentions" : "mention"} nobody here`);
  }

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

  get #place() { return this.#places.of(this.#id); }
  get #conversation() { return this.#app.store.get(this.#id); }
  get atEnd() { return this.scroller.atEnd; }

  /** Opens a conversation where the reader left it, at the unread line (with `toUnread` always), or at `at`, a seq. */
  async show(id, { at = null, toUnread = false } = {}) {
    this.leave();
    this.#id = id;
    this.#app.sync.shown = id;
    this.#app.saved.show(id);
    const place = this.#places.enter(id);
    this.timeline.replaceChildren();
    await this.#withSkeleton(this.#places.prepare(id, place, { at, toUnread }));
    if (this.#id !== id) return;
    this.#draw();
    this.#enter(place, at);
  }

  /** The reader goes elsewhere: the unread line has done its work. */
  leave() {
    if (this.#place) this.#remember();
    this.#visited();
    this.picker.close();
    this.#id = null;
    this.#app.saved.show(null);
    this.scroller.forget();
    this.#app.sync.shown = null;
    this.timeline.replaceChildren();
    this.newest.hidden = true;
    this.done.show("");
  }

  async showNewest() {
    const place = this.#place;
    if (!place) return;
    place.kept = false;
    this.dispatchEvent(new CustomEvent("newest", { bubbles: true }));
    if (this.#app.socket.isOpen) await this.#app.sync.fetchNewest(this.#id).catch(() => {});
    if (place !== this.#place || !this.#conversation) return;
    this.#places.toEnd(this.#id, place);
    this.#draw();
    this.scroller.to(0);
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
    const target = at ? this.scroller.rowOf(at) : place.following || !place.anchor ? this.timeline.querySelector(".new") : null;
    if (at && target) this.scroller.point(target);
    else if (target && this.scroller.isAbove(target)) this.scroller.align(target, 0.2);
    else if (place.following) this.scroller.to(0);
    else this.scroller.restore(place.anchor);
    this.#onScroll();
  }

  /** The store was restored: nobody has been anywhere in it. What is shown stays until the positions come. */
  #forget() {
    this.#places.clear(this.#id);
    this.#quoted.clear();
  }

  #onNews({ type, conversation_id, change }) {
    if (type === "epoch.begun") return this.#forget();
    if (type === "conversation.renewed" && conversation_id === this.#id) return void this.show(this.#id);
    if (change && change.author_id !== this.#app.me && document.hasFocus()) this.announcer.add(change);
    if (conversation_id !== this.#id || !this.#id) return;
    if (type === "conversation.removed") return;
    if (type === "read.taken_back") Object.assign(this.#place, { kept: true, unreadFrom: this.#conversation.read + 1 });
    if (change && change.author_id === this.#app.me && this.#place.last === null) this.#place.following ||= this.atEnd;
    this.#render();
  }

  /** Draws at most once a frame, and keeps what the reader looks at where it is. */
  #render() {
    if (this.#id) this.#due ??= nextFrame(() => this.#draw());
  }

  #draw() {
    this.#due?.();
    this.#due = null;
    const conversation = this.#conversation;
    const place = this.#place;
    if (!conversation || !place?.first) return;
    this.window.trim(place, conversation);
    this.#hold();
    const following = place.following && this.atEnd;
    const anchor = following ? null : this.scroller.find();
    const focus = findFocus(this.timeline);
    this.actions.during(() => showItems(this.timeline, this.#items(place, conversation), {
      id: this.#id, me: this.#app.me, placeOf: (id) => this.#app.store.get(id)?.name ?? null, nameOf: (id) => this.#app.directory.name(id),
    }));
    restoreFocus(this.lines, this.timeline, focus);
    if (following) this.scroller.to(0);
    else this.scroller.restore(anchor);
    this.#afterScroll();
  }

  #items(place, { log, annotations, receipts, saved, head, id }) {
    const items = timelineItems({
      log, annotations, receipts, first: place.first, last: place.last ?? Math.max(head, log.last), entries: this.#app.outbox.of(id),
      atEnd: place.last === null, me: this.#app.me, unreadFrom: place.unreadFrom, missed: place.missed,
    });
    this.#fetchQuoted(id, items);
    for (const item of items) item.saved = saved.has(item.seq);
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

  /** The pane changed its size: the same line stays at the same place. */
  #hold() {
    if (this.#place) this.scroller.hold(this.#place.following);
  }

  #remember() {
    this.#place.anchor = this.scroller.find();
    if (this.#place.anchor) this.#place.anchor.row = null;
  }

  #onScroll() {
    if (!this.#place) return;
    this.#place.following = this.#place.last === null && this.atEnd;
    this.scroller.look();
    this.#afterScroll();
  }

  #afterScroll() {
    this.window.loadAhead();
    this.#showPill();
    this.#markRead();
  }

  #showPill() {
    const { unread, head } = this.#conversation ?? {};
    const away = this.#place.last !== null || this.scroller.pastEnd > FAR_FROM_END_PX;
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

  /** To the next message of a kind ("unread", "mention", "day") after the one where the reader is, or the one before. */
  async jump(kind, isBack = false) {
    const id = this.#id;
    if (!id) return;
    const seq = await findJump(this.#app, id, { kind, isBack, unreadFrom: this.#place.unreadFrom, from: this.#jumpsFrom(kind, isBack) }).catch(() => null);
    if (id !== this.#id) return;
    if (!seq) return this.#say(NONE_WORDS[kind][Number(isBack)]);
    await this.#jumpTo(seq);
    if (kind === "day" && id === this.#id) this.#say(dayName(this.#conversation.log.get(seq).sent_at));
  }

  /** The message with the focus; else the first unread one is the next, or the uppermost in sight counts. */
  #jumpsFrom(kind, isBack) {
    const focused = document.activeElement?.closest?.(".timeline > li.m")?.item?.seq;
    if (focused) return focused;
    if (kind !== "day" && !isBack && this.#place.unreadFrom) return this.#place.unreadFrom - 1;
    return this.scroller.find()?.row.item.seq ?? this.#conversation.head;
  }

  /** Within what is open: the unread line stays where it is. */
  async #jumpTo(seq) {
    const place = this.#place;
    if (!this.scroller.rowOf(seq)) {
      await this.#withSkeleton(this.#places.prepareAt(this.#id, place, seq));
      if (place !== this.#place) return;
      this.#draw();
    }
    const row = this.scroller.rowOf(seq);
    if (row) this.scroller.point(row);
    this.#onScroll();
  }

  /** The newest message of one's own in the window that can be edited. */
  get lastOwn() {
    return [...this.timeline.children].reverse().map((row) => row.item).find((item) => item?.own && item.seq && !item.deleted && !item.change);
  }
}

customElements.define("message-list", MessageList);
