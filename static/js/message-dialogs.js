/** The questions about one message: whether to delete it, and what it said before. */

import { element } from "./faces.js";
import { closeButton } from "./quick-find.js";
import { exactTime } from "./times.js";

function dialog(title, ...parts) {
  const made = element("dialog", "about-message");
  made.setAttribute("aria-labelledby", "about-message-title");
  const head = element("div", "keys-head");
  head.append(Object.assign(element("h2", "", title), { id: "about-message-title" }), closeButton(made));
  made.append(head, ...parts);
  made.addEventListener("click", (event) => event.target === made && made.close());
  made.addEventListener("close", () => made.remove());
  document.body.append(made);
  made.showModal();
  return made;
}

function words(item) {
  const made = element("blockquote", "quoted", item.body);
  made.dir = "auto";
  return made;
}

function closing(name, text, value) {
  return Object.assign(element("button", name, text), { type: "submit", value });
}

/** Resolves with whether the message is to be deleted. */
export function askToDelete(item) {
  const form = element("form", "buttons");
  form.method = "dialog";
  form.append(closing("button danger", "Delete", "delete"), closing("button plain", "Keep it", "keep"));
  const asked = dialog("Delete this message?", words(item), element("p", "quiet", "Its text goes for everyone and does not come back."), form);
  return new Promise((resolve) => asked.addEventListener("close", () => resolve(asked.returnValue === "delete")));
}

/** `nameOf` answers the name of a user. */
export function showReactions(reactions, nameOf) {
  const list = element("dl", "reacted");
  for (const { emoji, users } of reactions) {
    list.append(element("dt", "", emoji), ...users.map((id) => Object.assign(element("dd", "", nameOf(id)), { dir: "auto" })));
  }
  return dialog("Reactions", list);
}

/** `versions` are the message and its edits, oldest first. */
export function showVersions(versions) {
  const list = element("ol", "versions");
  for (const version of versions.toReversed()) {
    const row = element("li");
    const time = Object.assign(element("time", "quiet small", exactTime(version.sent_at)), { dateTime: version.sent_at });
    const text = element("div", "version", version.deleted ? "Deleted" : version.body);
    text.dir = "auto";
    row.append(time, text);
    list.append(row);
  }
  return dialog("Versions of this message", list);
}
