import assert from "node:assert/strict";
import { test } from "node:test";

import { Directory } from "../../static/js/directory.js";

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

test("while names cannot be read nobody is told, and they are asked for again at a later look", async (context) => {
  const asked = [];
  let isDown = true;
  globalThis.fetch = async (path) => {
    asked.push(path);
    if (isDown) throw new TypeError("network");
    return { ok: true, json: async () => ({ results: [{ id: "bob", display_name: "Bob" }] }) };
  };
  const directory = new Directory();
  directory.addEventListener("names", () => directory.name("bob")); // as a page that draws what it can
  directory.name("bob");
  await settle();
  directory.name("bob");
  await settle();
  assert.equal(asked.length, 1);
  isDown = false;
  await new Promise((resolve) => setTimeout(resolve, 2_050));
  assert.equal(directory.name("bob"), null);
  await settle();
  assert.deepEqual([directory.name("bob"), asked.length], ["Bob", 2]);
});
