import assert from "node:assert/strict";
import { test } from "node:test";

import { HOLDS_MS, Typing, typingWords } from "../../static/js/typing.js";

const signal = (user_id) => ({ conversation_id: "room", user_id });

test("a signal is over by itself, and a new one extends it", () => {
  const typing = new Typing();
  typing.hear(signal("bob"), 0);
  typing.hear(signal("carol"), 1000);
  typing.hear(signal("bob"), 3000);
  assert.deepEqual(typing.who("room", HOLDS_MS), ["bob", "carol"]);
  assert.equal(typing.nextEnd("room"), 1000 + HOLDS_MS);
  assert.deepEqual(typing.who("room", 1000 + HOLDS_MS), ["bob"]);
  assert.deepEqual(typing.who("room", 3000 + HOLDS_MS), []);
  assert.equal(typing.nextEnd("room"), null);
});

test("a message ends it, there and of that user only", () => {
  const typing = new Typing();
  typing.hear(signal("bob"), 0);
  typing.hear(signal("carol"), 0);
  assert.equal(typing.stop("room", "bob"), true);
  assert.equal(typing.stop("elsewhere", "carol"), false);
  assert.deepEqual(typing.who("room", 1), ["carol"]);
});

test("up to three are named, more are counted", () => {
  assert.equal(typingWords([]), "");
  assert.equal(typingWords(["Ada"]), "Ada is writing…");
  assert.equal(typingWords(["Ada", "Bob"]), "Ada and Bob are writing…");
  assert.equal(typingWords(["Ada", "Bob", "Carol"]), "Ada, Bob and Carol are writing…");
  assert.equal(typingWords(["Ada", "Bob", "Carol", "Dan"]), "4 people are writing…");
});
