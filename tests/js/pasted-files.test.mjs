import assert from "node:assert/strict";
import { test } from "node:test";

import { areMeant } from "../../static/js/pasted-files.js";

const named = (...names) => names.map((name) => ({ name }));

test("what a file manager copies is files, whatever text it adds", () => {
  assert.ok(areMeant(named("plan.pdf"), ""));
  assert.ok(areMeant(named("plan.pdf"), "plan.pdf"));
  assert.ok(areMeant(named("a.pdf", "b.pdf"), "a.pdf\nb.pdf"));
  assert.ok(areMeant(named("a.pdf", "b.pdf"), "a.pdf\rb.pdf\r"));
  assert.ok(areMeant(named("my plan.pdf"), "file:///home/me/my%20plan.pdf\r\n"));
  assert.ok(areMeant(named("plan.pdf"), "/home/me/plan.pdf"));
  assert.ok(areMeant(named("plan.pdf"), "copy\nfile:///home/me/plan.pdf"));
  assert.ok(areMeant(named("100%.pdf"), "file:///home/me/100%.pdf"));
  assert.ok(areMeant(named("caf\u00e9.pdf"), "cafe\u0301.pdf"));
});

test("words with a picture of them are words", () => {
  assert.ok(!areMeant(named("image.png"), "Name\tSum\nAnn\t1"));
  assert.ok(!areMeant(named("image.png"), "image.png is the name\nimage.png"));
  assert.ok(!areMeant([], "plan.pdf"));
});
