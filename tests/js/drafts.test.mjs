import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Drafts } from "../../static/js/drafts.js";
import { setSpokenAmount, spokenAmount } from "../../static/js/spoken-amount.js";
import { Store } from "../../static/js/store.js";

const ROOM = "room";

/** What the browser keeps, and a server that has the later of two. */
let kept, held;

beforeEach(() => {
  kept = new Map();
  held = { text: "", written_at: null };
  const localStorage = {
    getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: (name) => kept.delete(name),
  };
  Object.defineProperty(globalThis, "localStorage", { value: localStorage, configurable: true });
  globalThis.document = { cookie: "" };
  globalThis.addEventListener = () => {};
  globalThis.fetch = async (path, { body }) => {
    const asked = JSON.parse(body);
    assert.deepEqual(Object.keys(asked), ["text", "written_at"]);
    if (!held.written_at || asked.written_at > held.written_at) held = asked;
    return { ok: true, json: async () => ({ conversation_id: ROOM, ...held }) };
  };
});

/** A page that the server made when it had `draft`. */
function open(draft) {
  const store = new Store("alice");
  store.describe(ROOM, { kind: "group", name: "Room" });
  if (draft) store.apply({ type: "draft.changed", conversation_id: ROOM, ...draft });
  return new Drafts({ store, socket: new EventTarget(), me: "alice" });
}

async function told() {
  while (!held.text) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise(setImmediate);
}

test("a page that was made before the server heard of the draft shows it all the same", async () => {
  open().write(ROOM, "What I mean");
  await told();
  assert.equal(open().text(ROOM), "What I mean");
  assert.equal(open().text(ROOM), "What I mean", "nor is it forgotten by being shown");
});

test("what was sent or written elsewhere since does not come back", async () => {
  open().write(ROOM, "What I mean");
  await told();
  const later = { text: "", written_at: new Date(Date.parse(held.written_at) + 1000).toISOString() };
  assert.equal(open(later).text(ROOM), "");
  assert.equal(kept.size, 0);
});

test("a clock that was ahead does not win against what is written later: the time that is kept is the server's", async () => {
  const server = { text: "What I mean", written_at: "2026-01-02T03:04:05.000000Z" };
  globalThis.fetch = async () => {
    held = server;
    return { ok: true, json: async () => ({ conversation_id: ROOM, ...server }) };
  };
  open().write(ROOM, "What I mean");
  await told();
  assert.equal(open({ text: "", written_at: "2026-01-02T03:05:00.000000Z" }).text(ROOM), "");
});

test("where the browser keeps nothing more the server is told what was written last, and nothing breaks", async () => {
  const drafts = open();
  drafts.write(ROOM, "What I");
  localStorage.setItem = () => { throw new DOMException("Full", "QuotaExceededError"); };
  drafts.write(ROOM, "What I mean");
  await told();
  assert.equal(held.text, "What I mean");
  assert.equal(kept.size, 0, "no older text stands for it");
  Object.defineProperty(globalThis, "localStorage", { get: () => { throw new DOMException("No", "SecurityError"); }, configurable: true });
  assert.equal(open(held).text(ROOM), "What I mean");
  assert.equal(spokenAmount("room"), "all");
  setSpokenAmount("room", "count");
});
