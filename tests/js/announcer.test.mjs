import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Announcer } from "../../static/js/announcer.js";
import { burstWords } from "../../static/js/burst-words.js";

const NAMES = { ann: "Ann", bob: "Bob" };
const message = (author_id, body, extra = {}) => ({ type: "message.sent", conversation_id: "climbing", author_id, body, ...extra });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

/** Second by second: a timer that one sets when it rings counts from then. */
function pass(seconds) {
  for (let second = 0; second < seconds; second += 1) mock.timers.tick(1000);
}

function announcer(amounts = {}) {
  const said = [];
  const region = { set textContent(text) { said.push(text); } };
  const made = new Announcer(region, {
    nameOf: (id) => NAMES[id], placeOf: (id) => (id === "direct" ? null : "Climbing"),
    amountOf: ({ conversation_id }) => amounts[conversation_id] ?? "all",
  });
  return { said, made };
}

test("a single message is said with its author and text", () => {
  const { said, made } = announcer();
  made.add(message("ann", "See you there"));
  mock.timers.tick(1000);
  made.add(message("bob", "The wall", { file: { name: "wall.jpg", width: 40, height: 30 } }));
  pass(3);
  assert.deepEqual(said, ["Ann: See you there", "Bob: Picture: wall.jpg, The wall"]);
});

test("several at once are one announcement", () => {
  const { said, made } = announcer();
  for (const author of ["ann", "bob", "ann"]) made.add(message(author, "hello"));
  mock.timers.tick(1000);
  assert.deepEqual(said, ["3 new messages from Ann and Bob in Climbing"]);
});

test("where much is written an announcement comes every three seconds", () => {
  const { said, made } = announcer();
  for (let second = 0; second < 9; second += 1) {
    made.add(message("ann", `line ${second}`));
    mock.timers.tick(1000);
  }
  assert.deepEqual(said, ["Ann: line 0", "3 new messages from Ann in Climbing", "3 new messages from Ann in Climbing"]);
});

test("a clock that is set back silences nothing", () => {
  const { said, made } = announcer();
  made.add(message("ann", "one"));
  mock.timers.tick(1000);
  const earlier = Date.now() - 3_600_000;
  mock.method(Date, "now", () => earlier);
  made.add(message("ann", "two"));
  pass(3);
  mock.restoreAll();
  assert.deepEqual(said, ["Ann: one", "Ann: two"]);
});

test("how much is said is chosen for each conversation", () => {
  const { said, made } = announcer({ direct: "count", baking: "nothing" });
  made.add(message("bob", "psst", { conversation_id: "direct" }));
  made.add(message("bob", "cake", { conversation_id: "baking" }));
  made.add(message("ann", "rope"));
  made.add({ type: "member.joined", conversation_id: "climbing", author_id: "ann" });
  mock.timers.tick(1000);
  assert.deepEqual(said, ["1 new message from Bob. Ann: rope"]);
});

test("of many names the first are said and the others counted", () => {
  assert.equal(burstWords(["Ann", "Bob", "Ann"]), "3 new messages from Ann and Bob");
  assert.equal(burstWords(["Ann", "Bob", "Carol", "Dora", "Ed", "Ann"]), "6 new messages from Ann, Bob, Carol and 2 others");
});
