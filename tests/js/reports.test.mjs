import assert from "node:assert/strict";
import { test } from "node:test";

import { Reports } from "../../static/js/reports.js";
import { Store } from "../../static/js/store.js";

const settled = () => new Promise((resolve) => { setTimeout(resolve); });

/** A page, and what its server answers. */
function page(results, ...carried) {
  const store = new Store("alice");
  for (const id of carried) store.describe(id, { kind: "group", role: "owner" });
  const socket = new EventTarget();
  const asked = { times: 0 };
  const read = async () => { asked.times += 1; return { results }; };
  const reports = new Reports({ store, socket, read });
  const tell = (detail) => { socket.dispatchEvent(new CustomEvent("frame", { detail })); store.apply(detail); };
  return { store, reports, asked, tell };
}

test("a conversation that the page did not carry has its count, and all are read once", async () => {
  const { store, asked } = page([{ conversation_id: "far", count: 2 }]);
  store.describe("far", { kind: "group", role: "owner" });
  store.describe("farther", { kind: "group", role: "admin" });
  await settled();
  store.describe("farthest", { kind: "group", role: "owner" });
  assert.deepEqual([store.get("far").reports, store.get("farther").reports, asked.times], [2, 0, 1]);
});

test("who leads nothing else asks nothing", async () => {
  const { store, asked } = page([], "own");
  store.describe("own", { kind: "group", role: "owner" });
  store.describe("talk", { kind: "direct", role: "owner" });
  store.describe("group", { kind: "group", role: "member" });
  await settled();
  assert.equal(asked.times, 0);
});

test("what is told of a conversation that is not held yet is not lost", async () => {
  const { store, tell } = page([{ conversation_id: "far", count: 2 }]);
  store.describe("near", { kind: "group", role: "owner" });
  await settled();
  tell({ type: "reports.changed", conversation_id: "far", count: 5 });
  store.describe("far", { kind: "group", role: "owner" });
  assert.equal(store.get("far").reports, 5);
});
