import assert from "node:assert/strict";
import { test } from "node:test";

import { initials } from "../../static/js/faces.js";
import { bareName, isolate, label, parted } from "../../static/js/labels.js";
import { listed } from "../../static/js/name-lists.js";
import { noteText } from "../../static/js/notes.js";
import { typingWords } from "../../static/js/typing.js";
import { burstWords } from "../../static/js/burst-words.js";

test("a name that is shared stands with its username, which keeps its direction", () => {
  assert.equal(label("Ann", "ann"), "Ann \u2066(@ann)\u2069");
  assert.equal(label("Ann", undefined), "Ann");
  assert.equal(label(undefined, undefined), undefined);
  assert.deepEqual(parted(label("Ann", "ann")), ["Ann", "(@ann)"]);
  assert.deepEqual(parted("Ann"), ["Ann"]);
  assert.equal(bareName(label("Ann (@x)", "ann")), "Ann (@x)");
});

test("a face is that of the name alone", () => {
  assert.equal(initials(label("Ann", "ann")), initials("Ann"));
  assert.equal(initials(label("Ann Bell", "zed")), "AB");
});

test("a name that runs from right to left leaves the other words where they are", () => {
  assert.equal(isolate("Ann"), "Ann");
  assert.equal(isolate("מירי"), "\u2068מירי\u2069");
  assert.equal(listed(["מירי", "Bob", "علي"]), "\u2068מירי\u2069, Bob and \u2068علي\u2069");
  assert.equal(typingWords(["מירי"]), "\u2068מירי\u2069 is writing…");
  assert.equal(typingWords(["מירי", "Bob"]), "\u2068מירי\u2069 and Bob are writing…");
  assert.equal(burstWords(["מירי", "מירי"]), "2 new messages from \u2068מירי\u2069");
});

test("names that read alike are told apart in a sentence", () => {
  const names = { a: label("Ann", "ann"), b: label("Ann", "bell") };
  const change = { type: "member.joined", author_id: "a", user_id: "b" };
  assert.equal(noteText(change, "me", (id) => names[id]), "Ann \u2066(@ann)\u2069 added Ann \u2066(@bell)\u2069");
  assert.equal(burstWords([names.a, names.b]), "2 new messages from Ann \u2066(@ann)\u2069 and Ann \u2066(@bell)\u2069");
});
