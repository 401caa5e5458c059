import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { onNewDay } from "../../static/js/new-day.js";

test("another day is noticed within a minute of midnight, once each", () => {
  mock.timers.enable({ apis: ["setInterval", "Date"], now: new Date(2026, 0, 2, 23, 59, 30) });
  globalThis.document = { addEventListener() {} };
  let count = 0;
  onNewDay(() => (count += 1));
  mock.timers.tick(29_000);
  assert.equal(count, 0);
  mock.timers.tick(60_000);
  assert.equal(count, 1);
  mock.timers.tick(24 * 3_600_000);
  assert.equal(count, 2);
  mock.timers.reset();
});
