import assert from "node:assert/strict";
import { test } from "node:test";

import { ChangeLog } from "../../static/js/change-log.js";
import { Annotations } from "../../static/js/fold.js";
import { timelineItems } from "../../static/js/timeline-items.js";

const message = (seq, author_id = "bob", minute = 0, extra = {}) => ({
  type: "message.sent", conversation_id: "room", seq, id: `m${seq}`, key: `k${seq}`, author_id,
  sent_at: new Date(2026, 0, 2, 12, minute).toISOString(), body: `line ${seq}`, ...extra,
});
const entry = (key, extra = {}) => ({
  key, body: key, state: "waiting", written_at: new Date(2026, 0, 2, 12, 1).toISOString(), ...extra,
});
const items = (changes, { first = 1, last = changes.at(-1)?.seq ?? 0, entries = [], unreadFrom = null, me = "alice", missed } = {}) => {
  const log = new ChangeLog();
  const annotations = new Annotations();
  for (const change of changes) {
    log.put(change);
    annotations.put(change);
  }
  return timelineItems({ log, annotations, first, last, entries, me, unreadFrom, missed });
};
const types = (made) => made.map((item) => item.type).join(" ");

test("lines of one author within five minutes are one burst", () => {
  const made = items([message(1), message(2, "bob", 4), message(3, "bob", 9), message(4, "carol", 9)]);
  assert.equal(types(made), "day message message message message");
  assert.deepEqual(made.slice(1).map((item) => [item.first, item.last]), [[true, false], [false, true], [true, true], [true, true]]);
});

test("a missing range is shown as a gap and ends the burst", () => {
  const made = items([message(1), message(5)]);
  assert.equal(types(made), "day message gap message");
  assert.deepEqual([made[2].first, made[2].last], [2, 4]);
  assert.equal(made[3].first, true);
});

test("the unread line stands before the first unread message of another", () => {
  const made = items([message(1), message(2, "alice"), message(3)], { unreadFrom: 2 });
  assert.equal(types(made), "day message message new message");
});

test("a void shows nothing", () => {
  assert.equal(types(items([message(1), message(2, "bob", 0, { type: "void" }), message(3)])), "day message message");
});

test("a message that is stored and still in the outbox is shown once", () => {
  const made = items([message(1, "alice")], { entries: [entry("k1"), entry("k2")] });
  assert.deepEqual(made.filter((item) => item.type === "message").map((item) => item.key), ["kalice.k1", "kalice.k2"]);
});

test("a message keeps its key from waiting to stored, so that its row stays in place", () => {
  const waiting = items([message(1)], { entries: [entry("k2")] }).at(-1);
  const stored = items([message(1), message(2, "alice")]).at(-1);
  assert.equal(waiting.key, stored.key);
});

test("a message whose author took another's key hides neither the other's message nor one that waits", () => {
  const made = items([message(1, "alice"), message(2, "bob", 0, { key: "k1" }), message(3, "bob", 0, { key: "k9" })], { entries: [entry("k9")] });
  const messages = made.filter(({ type }) => type === "message");
  assert.deepEqual(messages.map(({ body }) => body), ["line 1", "line 2", "line 3", "k9"]);
  assert.equal(new Set(messages.map(({ key }) => key)).size, 4);
});

const about = (seq, type, target, extra = {}) => message(seq, "bob", 0, { type, target, body: undefined, ...extra });

test("an edit and a deletion show in the message, and are no lines of their own", () => {
  const made = items([
    message(1), message(2), about(3, "message.edited", 1, { body: "better" }), about(4, "message.deleted", 2),
  ]);
  assert.equal(types(made), "day message message");
  assert.deepEqual([made[1].body, made[1].editedAt !== null, made[1].deleted], ["better", true, false]);
  assert.deepEqual([made[2].body, made[2].deleted], ["", true]);
});

test("an unsent edit shows in its message at once, a refused one only says so", () => {
  const edit = entry("e", { type: "message.edit", target: 1, body: "better" });
  const [, waiting] = items([message(1), message(2)], { entries: [edit] });
  assert.deepEqual([waiting.body, waiting.change.state], ["better", "waiting"]);
  const [, failed] = items([message(1), message(2)], { entries: [{ ...edit, state: "failed" }] });
  assert.deepEqual([failed.body, failed.change.state], ["line 1", "failed"]);
});

test("an unsent deletion takes the text away at once", () => {
  const [, gone] = items([message(1), message(2)], { entries: [entry("d", { type: "message.delete", target: 1 })] });
  assert.deepEqual([gone.body, gone.deleted], ["", true]);
});

test("unsent reactions show at once, and in the order in which they were made", () => {
  const reacted = message(2, "bob", 0, { type: "reaction.added", target: 1, emoji: "👍" });
  const add = (key, type, emoji) => entry(key, { type, target: 1, emoji });
  const [, line] = items([message(1), reacted], { entries: [
    add("a", "reaction.add", "👍"), add("b", "reaction.add", "🎉"), add("c", "reaction.remove", "👍"), add("d", "reaction.add", "👀"),
  ] });
  assert.deepEqual(line.reactions, [
    { emoji: "👍", users: ["bob"] }, { emoji: "🎉", users: ["alice"] }, { emoji: "👀", users: ["alice"] },
  ]);
  assert.equal(line.change, null);
});

test("an answer quotes what it answers as it is now", () => {
  const answer = message(3, "alice", 0, { reply_to: 1 });
  const edited = about(4, "message.edited", 1, { body: "better **now**", html: "<p>better <strong>now</strong></p>" });
  const [, , , line] = items([message(1), message(2), answer, edited]);
  assert.deepEqual(line.quote, { seq: 1, authorId: "bob", text: "better now", deleted: false });
  const [, , , gone] = items([message(1), message(2), answer, about(4, "message.deleted", 1)]);
  assert.deepEqual(gone.quote, { seq: 1, authorId: "bob", text: "", deleted: true });
});

test("what an answer quotes may not be held yet, and an unsent answer quotes too", () => {
  const [, line] = items([message(9, "alice", 0, { reply_to: 1 })], { first: 9, entries: [entry("e", { reply_to: 9 })] });
  assert.deepEqual(line.quote, { seq: 1 });
  const unsent = items([message(9)], { first: 9, entries: [entry("e", { reply_to: 9 })] }).at(-1);
  assert.equal(unsent.quote.text, "line 9");
});

test("what others did while one was away has a line, unless new messages have one", () => {
  const edit = message(3, "bob", 0, { type: "message.edited", target: 1 });
  const missed = { since: 2, head: 3 };
  const shown = (options) => items([message(1), message(2), edit, message(4)], { missed, ...options });
  assert.equal(types(shown({})), "day message message new message");
  assert.deepEqual(shown({}).find(({ type }) => type === "new").since, 2);
  assert.equal(types(shown({ missed: null })), "day message message message");
  assert.equal(types(shown({ me: "bob" })), "day message message message");
  assert.equal(shown({ unreadFrom: 2 }).filter(({ type }) => type === "new").length, 1);
});

test("what happened while one was away stands below its line", () => {
  const renamed = (seq, minutes = 0) => message(seq, "bob", minutes, { type: "conversation.renamed", name: "Walkers" });
  const changes = [message(1), renamed(2), renamed(3, 24 * 60), message(4, "alice", 24 * 60)];
  const shown = (missed, options) => types(items(changes, { missed, ...options }));
  assert.equal(shown({ since: 1, head: 3 }), "day message new note day note message");
  assert.equal(shown({ since: 2, head: 3 }), "day message note day new note message");
  assert.equal(shown({ since: 3, head: 4 }), "day message note day note message");
});
