import assert from "node:assert/strict";
import { test } from "node:test";

import { WriteKeys } from "../../static/js/write-keys.js";

const PREFIX = "5f0c3c57-4a3e-8ab4-8b5b-";
const RANDOM = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const made = () => {
  const socket = new EventTarget();
  return { keys: new WriteKeys({ socket }), hear: (detail) => socket.dispatchEvent(new CustomEvent("frame", { detail })) };
};

test("keys are random until the socket is told what they begin with", () => {
  const { keys } = made();
  const some = [keys.next(), keys.next()];
  for (const key of some) assert.match(key, RANDOM);
  assert.notEqual(some[0], some[1]);
});

test("what was issued is counted on from, each once", () => {
  const { keys, hear } = made();
  hear({ type: "keys.issued", prefix: PREFIX });
  assert.deepEqual([keys.next(), keys.next()], [`${PREFIX}000000000001`, `${PREFIX}000000000002`]);
  hear({ type: "keys.issued", prefix: PREFIX.replace("5f", "60") });
  assert.equal(keys.next(), "600c3c57-4a3e-8ab4-8b5b-000000000001");
});

test("another socket begins anew", () => {
  const { keys, hear } = made();
  hear({ type: "keys.issued", prefix: PREFIX });
  hear({ type: "welcome" });
  assert.match(keys.next(), RANDOM);
});
