import assert from "node:assert/strict";
import { test } from "node:test";

import { noteParts, noteText } from "../../static/js/notes.js";
import { plainText, previewText } from "../../static/js/previews.js";
import { typedMention } from "../../static/js/typed-mention.js";

test("a name is typed after an @ that is no part of a word or an address", () => {
  for (const text of ["@a", "你好@a", "ありがとう@a", "안녕@a", "สวัสดี@a", "_@a", "x **@a", "＠a", "@ann/@a", "(@a", "。@a"]) {
    assert.equal(typedMention(text)?.words, "a", text);
    assert.equal(typedMention(text).start, text.length - 2);
  }
  for (const text of ["e@a", "é@a", "e\u0301@a", "1@a", "я@a", "x_@a", "a.@a", "a-@a", "a+@a", "@@a", "\\@a", "a"]) assert.equal(typedMention(text), null, text);
});

test("a preview has the numbers of lists", () => {
  const html = '<ol start="99">\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ol>';
  assert.equal(previewText({ body: "", html }), "99. a b 100. c");
  assert.equal(plainText({ body: "", html: "<ol>\n<li>x</li>\n</ol>" }), "1. x");
});

test("a preview ends between two characters", () => {
  for (const one of ["👩‍👩‍👧‍👦", "🇨🇭", "e\u0301", "👍🏽"]) {
    for (let shift = 0; shift <= [...one].length; shift++) {
      const text = previewText({ body: "x".repeat(119 - shift) + one.repeat(3) });
      assert.ok(["", one, one + one].includes(text.replace(/^x+/, "").slice(0, -1)), text);
    }
  }
});

test("a note keeps names apart from its words", () => {
  const change = { type: "member.joined", author_id: "a", user_id: "b" };
  const names = { a: "אבג", b: "you & co" };
  assert.deepEqual(noteParts(change, "me", (id) => names[id]), [{ name: "אבג" }, " added ", { name: "you & co" }]);
  assert.equal(noteText(change, "me", (id) => names[id]), "אבג added you & co");
  assert.deepEqual(noteParts(change, "a", (id) => names[id]), ["You", " added ", { name: "you & co" }]);
  assert.deepEqual(noteParts(change, "me", () => null), ["Someone", " added ", "someone"]);
  assert.equal(noteText({ type: "conversation.renamed", author_id: "b", name: "y" }, "me", (id) => names[id]), "you & co renamed this to “y”");
});
