import assert from "node:assert/strict";
import { test } from "node:test";

import { listWindow } from "../../static/js/list-window.js";

const LONG = { count: 3000, height: 50, seen: 500 };
const heightOf = ({ drawn, above, below }) => above + drawn.length * LONG.height + below;

test("a short list, and one whose rows have no height yet, is drawn whole", () => {
  for (const list of [{ ...LONG, count: 80 }, { ...LONG, height: 0 }]) {
    const { drawn, above, below } = listWindow({ ...list, top: 0 });
    assert.deepEqual([drawn.length, above, below], [list.count, 0, 0]);
  }
});

test("a long list is drawn around what is seen, and keeps its height", () => {
  for (const top of [0, 70_000, 149_500]) {
    const made = listWindow({ ...LONG, top });
    assert.ok(made.drawn.length <= 50);
    assert.equal(heightOf(made), 150_000);
    assert.equal(made.above, made.drawn[0] * LONG.height);
  }
});

test("the row with the focus stays drawn, in order, and moves nothing", () => {
  for (const kept of [3, 2990]) {
    const made = listWindow({ ...LONG, top: 70_000, kept });
    assert.ok(made.drawn.includes(kept));
    assert.deepEqual(made.drawn, made.drawn.toSorted((one, other) => one - other));
    assert.equal(heightOf(made), 150_000);
    const place = made.above + made.drawn.indexOf(1400) * LONG.height;
    assert.equal(place, 70_000);
  }
});

test("a row with the focus inside of the window is drawn once", () => {
  const { drawn } = listWindow({ ...LONG, top: 70_000, kept: 1400 });
  assert.equal(new Set(drawn).size, drawn.length);
});
