import assert from "node:assert/strict";
import { test } from "node:test";

import { SlowWait } from "../../static/js/slow-wait.js";

test("one waits since one's last message, or as long as the server said, there alone", () => {
  const wait = new SlowWait();
  assert.equal(wait.seconds("room", 30, 0), 0);
  wait.post("room", 1_000);
  assert.equal(wait.seconds("room", 30, 1_000), 30);
  assert.equal(wait.seconds("room", 30, 25_500), 6);
  assert.equal(wait.seconds("room", 30, 31_000), 0);
  assert.equal(wait.seconds("hall", 30, 1_000), 0);
  wait.refuse("room", 90, 31_000);
  assert.equal(wait.seconds("room", 30, 61_000), 60);
  wait.post("old", -400_000); // before the page began
  assert.equal(wait.seconds("old", 30, 500), 0);
});
