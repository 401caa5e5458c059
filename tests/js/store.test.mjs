import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../static/js/store.js";

const ROOM = "room";
const message = (seq, author_id = "bob", extra = {}) => ({
  type: "message.sent", conversation_id: ROOM, seq, id: `m${seq}`, key: `k${seq}`, author_id,
  sent_at: `2026-01-02T03:04:${String(seq % 60).padStart(2, "0")}.000000Z`, body: `line ${seq}`, ...extra,
});
const position = (fields) => ({
  type: "conversations.page", more: false,
  conversations: [{ conversation_id: ROOM, epoch: 0, head: 0, read: 0, unread: 0, ...fields }],
});
const page = (changes, head, later = []) => ({
  type: "history.page", ref: "h", conversation_id: ROOM, head, complete: true, changes, later,
});
const seqs = (store) => [...store.get(ROOM).log.changes.keys()].sort((a, b) => a - b);

test("a change that comes twice is held once and counted once", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply(message(1));
  assert.deepEqual(seqs(store), [1]);
  assert.equal(store.get(ROOM).unread, 1);
});

test("a missing number is a gap until its change arrives", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply(message(4));
  assert.deepEqual(store.get(ROOM).log.gaps(1, 4), [[2, 3]]);
  store.apply(page([message(2), message(3)], 4));
  assert.deepEqual(store.get(ROOM).log.gaps(1, 4), []);
  assert.deepEqual(store.get(ROOM).log.ranges, [[1, 4]]);
});

test("who edits, reacts or joins lifts no conversation above one where somebody spoke since", () => {
  const store = new Store("alice");
  const order = () => store.sorted().map(({ id }) => id);
  store.apply(message(1));
  store.apply(message(2, "bob", { conversation_id: "hall" }));
  const about = (seq, type, extra) => ({ ...message(seq), type, body: undefined, ...extra });
  store.apply(about(3, "message.edited", { target: 1, body: "mended" }));
  store.apply(about(4, "reaction.added", { target: 1, emoji: "👍" }));
  store.apply(about(5, "member.joined", { user_id: "carol" }));
  assert.deepEqual(order(), ["hall", ROOM]);
  store.apply(message(6));
  assert.deepEqual(order(), [ROOM, "hall"]);
});

test("my own messages are never unread", () => {
  const store = new Store("alice");
  store.apply(message(1, "alice"));
  store.apply(message(2, "bob"));
  assert.equal(store.get(ROOM).unread, 1);
});

test("a read mark only goes forward", () => {
  const store = new Store("alice");
  for (const seq of [1, 2, 3]) store.apply(message(seq));
  store.apply({ type: "read.marked", conversation_id: ROOM, read: 2, unread: 1 });
  store.apply({ type: "read.marked", conversation_id: ROOM, read: 1, unread: 2 });
  assert.equal(store.get(ROOM).read, 2);
  assert.equal(store.get(ROOM).unread, 1);
});

test("a mark is taken back by a higher turn alone, and what comes late does not undo it", () => {
  const store = new Store("alice");
  for (const seq of [1, 2, 3]) store.apply(message(seq));
  const marked = (read, turn, unread) => store.apply({ type: "read.marked", conversation_id: ROOM, read, unread, turn });
  const stands = () => [store.get(ROOM).read, store.get(ROOM).unread, store.get(ROOM).turn];
  const told = [];
  store.subscribe(({ type }) => told.push(type));
  marked(3, 0, 0);
  marked(1, 1, 2);
  assert.deepEqual(stands(), [1, 2, 1]);
  marked(3, 0, 0);
  store.apply(position({ head: 3, read: 3, unread: 0, turn: 0 }));
  assert.deepEqual(stands(), [1, 2, 1]);
  marked(2, 1, 1);
  assert.deepEqual(stands(), [2, 1, 1]);
  store.apply(position({ head: 3, read: 0, unread: 3, turn: 2 }));
  assert.deepEqual(stands(), [0, 3, 2]);
  assert.equal(told.filter((type) => type === "read.taken_back").length, 2);
});

test("unread mentions are counted like what is unread", () => {
  const store = new Store("alice");
  const stands = () => [store.get(ROOM).unread, store.get(ROOM).mentions];
  store.apply(position({ head: 4, read: 0, unread: 4, mentions: 2 }));
  assert.deepEqual(stands(), [4, 2]);
  store.apply(message(5, "bob", { mentions: ["carol", "alice"] }));
  store.apply(message(6, "bob", { mentions_all: true }));
  store.apply(message(7, "alice", { mentions: ["bob"] }));
  assert.deepEqual(stands(), [6, 4]);
  store.apply({ type: "read.marked", conversation_id: ROOM, read: 4, unread: 0 });
  assert.deepEqual(stands(), [2, 2]);
  store.markRead(ROOM, 5);
  assert.deepEqual(stands(), [1, 1]);
  store.apply({ type: "message.deleted", conversation_id: ROOM, seq: 8, key: "k8", author_id: "bob", sent_at: "2026", target: 6 });
  assert.deepEqual(stands(), [1, 1]);
  store.apply({ type: "read.marked", conversation_id: ROOM, read: 0, unread: 6, mentions: 4, turn: 1 });
  assert.deepEqual(stands(), [6, 4]);
});

test("a mark that was overtaken by a message leaves that message unread", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply(message(2));
  store.apply({ type: "read.marked", conversation_id: ROOM, read: 1, unread: 0 });
  assert.equal(store.get(ROOM).unread, 1);
});

test("an old position does not take back what came live", () => {
  const store = new Store("alice");
  store.apply(position({ head: 5, unread: 5 }));
  store.apply(message(6));
  store.apply(position({ head: 5, unread: 5 }));
  assert.equal(store.get(ROOM).head, 6);
  assert.equal(store.get(ROOM).unread, 6);
});

test("a stale snapshot plus the events equals a fresh snapshot", () => {
  const live = new Store("alice");
  live.apply(position({ head: 2, unread: 1, read: 1 }));
  for (const seq of [3, 4]) live.apply(message(seq));
  live.apply({ type: "read.marked", conversation_id: ROOM, read: 3, unread: 1 });
  const fresh = new Store("alice");
  fresh.apply(position({ head: 4, unread: 1, read: 3 }));
  for (const field of ["head", "read", "unread"]) assert.equal(live.get(ROOM)[field], fresh.get(ROOM)[field], field);
});

test("after a removal late changes do not bring the conversation back", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply({ type: "conversation.removed", conversation_id: ROOM });
  store.apply(message(2));
  store.apply(page([message(2)], 2));
  assert.equal(store.get(ROOM), null);
});

test("a conversation that the positions no longer name is gone", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply({ type: "welcome" });
  store.apply({ type: "conversations.page", more: true, conversations: [] });
  assert.notEqual(store.get(ROOM), null);
  store.apply({ type: "conversations.page", more: false, conversations: [] });
  assert.equal(store.get(ROOM), null);
});

test("a rename and the newest message change the list's row", () => {
  const store = new Store("alice");
  store.describe(ROOM, { kind: "group", name: "Old" });
  store.apply(message(1));
  store.apply({ ...message(2), type: "conversation.renamed", name: "New" });
  assert.equal(store.get(ROOM).name, "New");
  assert.equal(store.get(ROOM).preview.text, "line 1");
});

test("what a conversation is follows what is read late, and not what is older than what is known", () => {
  const store = new Store("alice");
  const renamed = (seq, name) => ({ ...message(seq), type: "conversation.renamed", name });
  const role = (seq, user_id, role) => ({ ...message(seq), type: "member.role_changed", user_id, role });
  store.describe(ROOM, { kind: "group", name: "Now", role: "member" }, 5);
  store.apply({ type: "conversations.page", more: true, conversations: [{ conversation_id: ROOM, epoch: 0, head: 9, read: 0, unread: 0 }] });
  assert.equal(store.isDescribed(ROOM), false);
  store.apply({ type: "history.page", conversation_id: ROOM, head: 9, later: [], changes: [renamed(3, "Long ago"), role(4, "alice", "owner")] });
  assert.deepEqual([store.get(ROOM).name, store.get(ROOM).role], ["Now", "member"]);
  store.apply({ type: "history.page", conversation_id: ROOM, head: 9, later: [], changes: [renamed(8, "Later"), role(9, "bob", "owner")] });
  store.apply({ type: "history.page", conversation_id: ROOM, head: 9, later: [], changes: [renamed(6, "Meanwhile"), role(7, "alice", "admin")] });
  assert.deepEqual([store.get(ROOM).name, store.get(ROOM).role], ["Later", "admin"]);
  assert.equal(store.isDescribed(ROOM), true);
});

test("what was told while REST was asked is not undone by its answer", () => {
  const store = new Store("alice");
  store.describe(ROOM, { kind: "group", name: "Old", role: "member", slowSeconds: 0 }, 5);
  const told = (seq, type, extra) => store.apply({ ...message(seq), type, ...extra });
  told(6, "conversation.renamed", { name: "New" });
  told(7, "member.role_changed", { user_id: "alice", role: "admin" });
  store.describe(ROOM, { kind: "group", name: "Old", role: "member", slowSeconds: 30 }, 5);
  const { name, role, slowSeconds } = store.get(ROOM);
  assert.deepEqual([name, role, slowSeconds], ["New", "admin", 30]);
});

test("a message that is read before it is told is counted once", () => {
  const store = new Store("alice");
  store.apply(position({ head: 50, read: 10, unread: 30, mentions: 1 }));
  store.apply(page([message(50), message(51), message(52, "bob", { mentions: ["alice"] })], 52));
  store.apply(message(51));
  store.apply(message(52, "bob", { mentions: ["alice"] }));
  assert.deepEqual([store.get(ROOM).unread, store.get(ROOM).mentions], [32, 2]);
});

test("a position that a hint overtook does not take back what the hint counted", () => {
  const store = new Store("alice");
  store.describe(ROOM, { kind: "channel", name: "News" });
  store.apply(position({ head: 10, read: 4, unread: 5 }));
  store.apply({ type: "conversation.hinted", conversation_id: ROOM, after: 10, head: 12, last_at: "2026", messages: [{ seq: 11, author_id: "bob" }, { seq: 12, author_id: "bob" }] });
  store.apply(position({ head: 11, read: 4, unread: 6 }));
  assert.deepEqual([store.get(ROOM).head, store.get(ROOM).unread], [12, 7]);
  store.apply(position({ head: 11, read: 11, unread: 0 }));
  assert.equal(store.get(ROOM).read, 11);
});

test("a void counts and is not unread", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply({ ...message(2), type: "void" });
  store.apply(message(3));
  assert.deepEqual(store.get(ROOM).log.gaps(1, 3), []);
  assert.equal(store.get(ROOM).unread, 2);
});

test("every applied change is told once", () => {
  const store = new Store("alice");
  const told = [];
  store.subscribe((news) => told.push(news.type));
  store.apply(message(1));
  store.apply(message(1));
  assert.deepEqual(told, ["message.sent"]);
});

test("the preview of a message with markup is its plain text", () => {
  const store = new Store("alice");
  store.apply(message(1, "bob", { body: "**a** <b>", html: "<p><strong>a</strong> &lt;b&gt;</p>" }));
  assert.equal(store.get(ROOM).preview.text, "a <b>");
});

test("what comes while a large gap is open stays exact in unread", () => {
  const store = new Store("alice");
  store.apply(position({ head: 500, read: 100, unread: 390 }));
  store.apply(page([message(499), message(500)], 500));
  store.apply(message(501));
  assert.equal(store.get(ROOM).unread, 391);
  assert.deepEqual(store.get(ROOM).log.gaps(101, 501), [[101, 498]]);
});

test("what was said before I joined is not unread", () => {
  const store = new Store("alice");
  store.apply({ type: "conversation.added", conversation_id: ROOM });
  store.apply(position({ head: 3, read: 0, unread: 2 }));
  store.apply({ ...message(4), type: "member.joined", user_id: "alice" });
  assert.equal(store.get(ROOM).unread, 0);
  store.apply(message(5));
  assert.equal(store.get(ROOM).unread, 1);
});

const about = (seq, type, target, extra = {}) => message(seq, "bob", { type, target, body: undefined, ...extra });

test("the preview is that of the newest message as it is now", () => {
  const store = new Store("alice");
  store.apply(message(1));
  store.apply(message(2));
  store.apply(about(3, "message.edited", 1, { body: "other" }));
  assert.equal(store.get(ROOM).preview.text, "line 2");
  store.apply(about(4, "message.edited", 2, { body: "better" }));
  assert.equal(store.get(ROOM).preview.text, "better");
  store.apply(about(5, "message.deleted", 2));
  assert.deepEqual([store.get(ROOM).preview.text, store.get(ROOM).preview.deleted], ["", true]);
});

test("an edit shows in the preview that came with a position", () => {
  const store = new Store("alice");
  store.apply(position({ head: 7, preview: { author_id: "bob", text: "old", sent_at: "2026", seq: 7 } }));
  store.apply(about(8, "message.edited", 7, { body: "new" }));
  assert.equal(store.get(ROOM).preview.text, "new");
});

test("what was held before a hole is forgotten: it may have been edited meanwhile", () => {
  const store = new Store("alice");
  for (const seq of [1, 2, 3]) store.apply(message(seq));
  store.apply(page([message(900), message(901)], 901));
  store.forgetBefore(ROOM, 900);
  assert.deepEqual(store.get(ROOM).log.ranges, [[900, 901]]);
  assert.equal(store.get(ROOM).log.hasKey("bob", "k2"), false);
});

test("of two drafts the one written later counts, and of the same words the time is the server's", () => {
  const store = new Store("alice");
  store.describe(ROOM, { kind: "group", name: "Room" });
  const draft = (text, second) => store.apply({ type: "draft.changed", conversation_id: ROOM, text, written_at: `2026-01-02T03:04:0${second}Z` });
  draft("one", 5);
  draft("before", 4);
  assert.equal(store.get(ROOM).draft.text, "one");
  draft("one", 3); // our clock was ahead
  draft("two", 4);
  assert.equal(store.get(ROOM).draft.text, "two");
  draft("", 6);
  draft("two", 5);
  assert.equal(store.get(ROOM).draft.text, "");
});

const hint = (after, head, messages, previews = []) => ({
  type: "conversation.hinted", conversation_id: ROOM, after, head, last_at: `2026-01-02T03:04:${String(head).padStart(2, "0")}.000000Z`, messages, previews,
});

test("hints count what is new, once, and not what is one's own or read", () => {
  const store = new Store("alice");
  const said = (seq, author_id = "bob", more = {}) => ({ seq, author_id, ...more });
  store.describe(ROOM, { kind: "channel", name: "News" });
  store.apply({ type: "conversations.page", more: false, conversations: [{ conversation_id: ROOM, epoch: 0, head: 10, read: 4, unread: 5, mentions: 1, turn: 0 }] });
  const count = () => [store.get(ROOM).head, store.get(ROOM).unread, store.get(ROOM).mentions];
  store.apply(hint(8, 12, [said(9), said(10), said(11), said(12, "bob", { mentions: ["alice"] })], [{ author_id: "bob", text: "twelve", sent_at: "", seq: 12 }]));
  assert.deepEqual(count(), [12, 7, 2]);
  assert.equal(store.get(ROOM).preview.text, "twelve");
  store.apply(hint(8, 12, [said(11), said(12)]));
  assert.deepEqual(count(), [12, 7, 2]);
  store.apply(hint(12, 14, [said(13, "alice"), said(14, "bob", { mentions_all: true })]));
  assert.deepEqual(count(), [14, 8, 3]);
  store.apply(hint(14, 15, [], [{ author_id: "carol", text: "", sent_at: "", seq: 12, deleted: true }]));
  assert.deepEqual([store.get(ROOM).preview.author_id, store.get(ROOM).preview.text, store.get(ROOM).preview.deleted], ["bob", "", true]);
  store.apply({ type: "read.marked", conversation_id: ROOM, read: 17, unread: 0 });
  store.apply(hint(15, 17, [said(16), said(17)]));
  assert.deepEqual(count(), [17, 0, 0]);
});

// --- epochs

const epoch = (number) => ({ type: "welcome", user_id: "alice", epoch: number });

test("within an epoch a lower head is an old frame, and in another one all that was known by number is forgotten", () => {
  const store = new Store("alice");
  store.apply(epoch(0));
  store.apply(position({ head: 3, read: 3 }));
  for (const seq of [1, 2, 3]) store.apply(message(seq));
  store.apply(position({ head: 1, read: 1 }));
  assert.equal(store.get(ROOM).head, 3);
  store.apply(epoch(1_800_000_000));
  store.apply(position({ epoch: 1_800_000_000, head: 1, read: 1, unread: 0 }));
  const { head, read, log } = store.get(ROOM);
  assert.deepEqual([head, read, log.ranges], [1, 1, []]);
  store.apply(message(2, "bob", { id: "other", key: "other", body: "after the restore" }));
  assert.equal(store.get(ROOM).log.get(2).body, "after the restore");
  assert.equal(store.get(ROOM).unread, 1);
});

test("a position of another epoch counts like its welcome, and a mark taken back elsewhere is no news there", () => {
  const store = new Store("alice");
  const told = [];
  store.apply(position({ head: 9, read: 9, turn: 0 }));
  store.subscribe(({ type }) => told.push(type));
  store.apply(position({ epoch: 7, head: 4, read: 2, unread: 2, turn: 1 }));
  const { head, read, unread, turn } = store.get(ROOM);
  assert.deepEqual({ head, read, unread, turn }, { head: 4, read: 2, unread: 2, turn: 1 });
  assert.deepEqual(told, ["epoch.begun", "conversation.renewed", "conversations.page"]);
});

test("a server of before, whose welcome names no epoch, is believed as ever", () => {
  const store = new Store("alice");
  store.apply(position({ head: 2, read: 2 }));
  store.apply(message(2));
  store.apply({ type: "welcome", user_id: "alice" });
  store.apply(position({ head: 2, read: 2 }));
  assert.deepEqual(store.get(ROOM).log.ranges, [[2, 2]]);
});

test("what comes before the first position of an epoch is counted once", () => {
  const store = new Store("alice");
  store.apply(epoch(0));
  store.apply(position({ head: 8, read: 6, unread: 2 }));
  store.apply(epoch(7));
  store.apply(message(5));
  store.apply(position({ epoch: 7, head: 4, read: 3, unread: 1 }));
  const { head, read, unread } = store.get(ROOM);
  assert.deepEqual({ head, read, unread }, { head: 5, read: 3, unread: 2 });
});

test("drafts and what a conversation is called outlive an epoch", () => {
  const store = new Store("alice");
  store.describe(ROOM, { kind: "group", name: "Climbing" }, 0);
  store.apply(position({ head: 8 }));
  store.apply({ type: "draft.changed", conversation_id: ROOM, text: "half", written_at: "2026-01-02T03:04:05.000000Z" });
  store.apply(epoch(7));
  assert.deepEqual([store.get(ROOM).name, store.get(ROOM).draft.text], ["Climbing", "half"]);
});
