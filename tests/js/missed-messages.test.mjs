import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { MissedMessages } from "../../static/js/missed-messages.js";
import { Store } from "../../static/js/store.js";

const NOW = "2026-01-02T12:00:00Z";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: new Date(NOW) });
});

const said = (seq, extra = {}) => ({
  type: "message.sent", conversation_id: "room", seq, id: `m${seq}`, key: `k${seq}`, author_id: "bob", body: `line ${seq}`,
  sent_at: "2026-01-02T11:30:00Z", ...extra,
});

/** A page that held `head` changes when its connection broke, and what it then is told: positions, and what it reads. */
function page({ head = 3, isAllowed = true } = {}) {
  const store = new Store("me");
  const position = (fields) => ({ conversation_id: "room", epoch: 0, head, read: head, unread: 0, ...fields });
  store.apply({ type: "welcome" });
  store.apply({ type: "conversations.page", more: false, conversations: [position({})] });
  const heard = [];
  const sync = Object.assign(new EventTarget(), { read: 0, kept: [] });
  sync.fill = async (_, first, last) => {
    sync.read += 1;
    store.apply({ type: "history.page", conversation_id: "room", head: last, later: [], changes: sync.kept.filter(({ seq }) => first <= seq && seq <= last) });
  };
  const missed = new MissedMessages({
    store, sync, me: "me", isAllowed: () => isAllowed, hear: (changes, { isMore }) => heard.push([changes.map(({ seq }) => seq), isMore]),
  });
  const comeBack = async (changes, fields = {}) => {
    sync.kept.push(...changes);
    store.apply({ type: "conversations.page", more: false, conversations: [position({ head: sync.kept.at(-1).seq, unread: changes.length, ...fields })] });
    sync.dispatchEvent(new Event("positions"));
    mock.timers.tick(1200);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    return heard.splice(0);
  };
  return { store, sync, missed, comeBack };
}

test("what came while the page was away is given out once, all of a conversation together", async () => {
  const { comeBack, store, missed } = page();
  assert.deepEqual(await comeBack([said(4), said(5, { author_id: "me" }), said(6)]), [[[4, 6], false]]);
  assert.deepEqual(await comeBack([], { head: 6, unread: 2 }), []);
  assert.equal(missed.take(said(7)), true);
  store.apply(said(7));
  assert.equal(missed.take(said(7)), false);
  assert.deepEqual(await comeBack([said(7), said(8)], { read: 3, unread: 4 }), [[[8], false]]);
});

test("what was read elsewhere meanwhile is not given out, nor what another page of the device has given", async () => {
  const { comeBack, missed } = page();
  assert.deepEqual(await comeBack([said(4), said(5)], { read: 4, unread: 1 }), [[[5], false]]);
  assert.deepEqual(await comeBack([said(6)], { read: 6, unread: 0 }), []);
  missed.leave("room", 7);
  assert.deepEqual(await comeBack([said(7), said(8)], { read: 6, unread: 2 }), [[[8], false]]);
});

test("what is read within a moment of coming back is not given out", async () => {
  const { comeBack, store } = page();
  setTimeout(() => store.markRead("room", 5), 1000);
  assert.deepEqual(await comeBack([said(4), said(5)]), []);
});

test("the quieter counts, of what was wanted when it was said and of what is wanted now", async () => {
  const muted = { level: "all", is_muted: true, muted_until: "2026-01-02T11:45:00Z" };
  const one = page();
  one.store.apply({ type: "attention.changed", conversation_id: "room", attention: muted });
  one.store.endMutes(new Date());
  const late = said(5, { sent_at: "2026-01-02T11:50:00Z" });
  assert.deepEqual(await one.comeBack([said(4), late]), [[[5], false]], "4 was said before the mute was over");
  const two = page();
  assert.deepEqual(await two.comeBack([said(4)], { attention: { level: "all", is_muted: true } }), []);
  assert.deepEqual(await two.comeBack([said(5)], { unread: 2 }), [], "whether it was muted then is not known for sure");
  const three = page();
  three.store.apply({ type: "attention.changed", conversation_id: "room", attention: { level: "mentions" } });
  assert.deepEqual(await three.comeBack([said(4), said(5, { mentions: ["me"] })], { mentions: 1 }), [[[5], false]]);
});

test("neither quiet hours that were nor those that are let anything out, and then nothing is read", async () => {
  const hours = (from, to) => ({ type: "quiet_hours.changed", quiet_hours: { from, to, time_zone: "UTC" } });
  const then = page();
  then.store.apply(hours("11:00", "11:40"));
  assert.deepEqual(await then.comeBack([said(4), said(5, { sent_at: "2026-01-02T11:45:00Z" })]), [[[5], false]]);
  const now = page();
  now.store.apply(hours("11:55", "12:30"));
  assert.deepEqual(await now.comeBack([said(4)]), []);
  assert.equal(now.sync.read, 0);
  const forbidden = page({ isAllowed: false });
  assert.deepEqual(await forbidden.comeBack([said(4)]), []);
  assert.equal(forbidden.sync.read, 0);
});

test("of very many the newest page is read, and it is said that there are more", async () => {
  const { comeBack, sync } = page();
  const [[seqs, isMore]] = await comeBack(Array.from({ length: 500 }, (_, at) => said(4 + at)));
  assert.ok(isMore);
  assert.equal(seqs.at(-1), 503);
  assert.equal(sync.read, 1);
});
