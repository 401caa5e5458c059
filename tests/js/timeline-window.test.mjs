import assert from "node:assert/strict";
import { test } from "node:test";

import { ChangeLog } from "../../static/js/change-log.js";
import { TimelineWindow } from "../../static/js/timeline-window.js";

test("a gap that cannot be filled is not drawn again, for that would ask again at once", async () => {
  const log = new ChangeLog();
  let drawn = 0;
  const answers = [async () => { throw new Error("not_found"); }, async () => {}, async () => log.put({ seq: 1, key: "k", author_id: "bob" })];
  const window = new TimelineWindow({ fill: () => answers.shift()() }, null, {
    shown: () => ({ place: {}, conversation: { id: "room", log } }), moved: () => { drawn += 1; },
  });
  for (const expected of [0, 0, 1]) {
    await window.fill({ first: 1, last: 3 });
    assert.equal(drawn, expected);
  }
});
