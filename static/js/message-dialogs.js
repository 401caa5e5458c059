/** The questions about one message: whether to delete it, and what it said before. */

import { element } from "./faces.js";
import { plainText } from "./previews.js";
import { closeButton } from "./quick-find.js";
import { exactTime } from "./times.js";

export function dialog(title, ...parts) {
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

export function words(item) {
  const made = element("blockquote", "quoted", plainText(item) || (item.file?.name ?? ""));
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
  const asked = dialog("Delete this message?", words(item), element("p", "quiet", `${item.file ? "It" : "Its text"} goes for everyone and does not come back.`), form);
  return new Promise((resolve) => asked.addEventListener("close", () => resolve(asked.returnValue === "delete")));
}

/** To be copied by hand. */
export function showLink(address) {
  const field = element("div", "field");
  const input = field.appendChild(Object.assign(element("input"), { value: address, readOnly: true }));
  input.setAttribute("aria-label", "Link");
  dialog("Link to this message", field);
  input.select();
}

/** `nameOf` answers the name of a user. */
export function showReactions(reactions, nameOf) {
  const list = element("dl", "reacted");
  for (const { emoji, users } of reactions) {
    list.append(element("dt", "", emoji), ...users.map((id) => Object.assign(element("dd", "", nameOf(id)), { dir: "auto" })));
  }
  return dialog("Reactions", list);
}

const LISTS = { read: "Read", delivered: "Delivered", waiting: "Not delivered yet" };
const PRIVATE = "How far others have read is not told to you: you read privately, or nobody else is here.";

/** Returns draw(people, summary), as Receipts gives them, to be called again when they are others; and its `dialog`. */
export function showReceipts(nameOf) {
  const words = element("p", "quiet");
  const list = element("dl", "receipts");
  const draw = (people, summary) => {
    words.textContent = summary ? `${summary.read} of ${summary.others} have read it.` : PRIVATE;
    list.replaceChildren(...Object.entries(LISTS).flatMap(([name, title]) => named(title, people?.[name] ?? [], nameOf)));
  };
  draw.dialog = dialog("Who has read this message", words, list);
  return draw;
}

function named(title, ids, nameOf) {
  const names = ids.map(nameOf).sort((one, other) => one.localeCompare(other));
  return names.length ? [element("dt", "", title), ...names.map((name) => Object.assign(element("dd", "", name), { dir: "auto" }))] : [];
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
