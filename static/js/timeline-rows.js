/**
 * The DOM of each line of a timeline: makes a row, or makes an old one say the new thing. Of a message a screen reader
 * says the author and the words first, in their order and when the row has the focus.
 */

import { attachment, uploadMark } from "./attachment-rows.js";
import { element, face, icon } from "./faces.js";
import { isolate } from "./labels.js";
import { noteParts, noteText } from "./notes.js";
import { receiptWords } from "./receipts.js";
import { clockTime, dayName, exactTime } from "./times.js";

const STATE_WORDS = { waiting: "waiting", sent: "sending" };

function timeElement(iso, text) {
  const made = element("time", "", text);
  made.dateTime = iso;
  made.title = exactTime(iso);
  return made;
}

function button(text, action) {
  const made = element("button", "", text);
  made.type = "button";
  made.dataset.action = action;
  return made;
}

/** Those that name the reader stand out. */
function markMentions(bubble, me) {
  for (const one of bubble.querySelectorAll(".mention")) {
    one.classList.toggle("me", one.tagName === "SPAN" || one.getAttribute("href") === `/people/${me}/`);
  }
}

/** What a message says, shows and carries. A picture that is there already stays, and is not drawn anew. */
function content(item, { id, me, before }) {
  if (item.deleted) return [element("div", "bubble gone", "Message deleted")];
  if (!item.file) return [bubble(item, me)];
  const made = attachment(item, id);
  const attached = before?.dataset.attachment === made.dataset.attachment ? before : made;
  return item.body ? [attached, bubble(item, me)] : [attached];
}

function bubble(item, me) {
  const made = element("div", item.html ? "bubble rich" : "bubble");
  made.dir = "auto";
  if (item.html) made.innerHTML = item.html; // cleaned by the server when it was stored
  else made.textContent = item.body;
  markMentions(made, me);
  return made;
}

/** Leads to the message that this one answers, wherever it is. */
function quoteLink({ seq, authorId, text, deleted }, { me, nameOf }) {
  const made = element("a", "quote");
  made.href = `?at=${seq}`;
  const name = element("b", "", authorId ? (authorId === me ? "You" : nameOf(authorId) ?? "…") : "An earlier message");
  const words = element("span", "", deleted ? "Message deleted" : text ?? "");
  name.dir = words.dir = "auto";
  made.setAttribute("aria-label", `Answers ${isolate(name.textContent)}: ${isolate(words.textContent)}`);
  made.append(name, " ", words);
  return made;
}

/** Who said first what was forwarded; where, for those who can read it there. */
function sourceLine({ author_id, conversation_id, seq }, { me, nameOf, placeOf }) {
  const made = element("div", "source");
  const words = element("span", "", "Forwarded from ");
  words.append(Object.assign(element("b", "", author_id === me ? "you" : nameOf(author_id) ?? "…"), { dir: "auto" }));
  const place = placeOf(conversation_id);
  if (place) words.append(" in ", Object.assign(element("a", "", place), { href: `/c/${conversation_id}/?at=${seq}`, dir: "auto" }));
  made.append(icon("forward"), words);
  return made;
}

/** Seen above the words of an author; who listens is told in each row, the moment after the words. */
function who(item, name) {
  const made = element("div", "who");
  made.ariaHidden = "true";
  const bold = element("b", "", name ?? "…");
  bold.dir = "auto";
  made.append(bold, " ", timeElement(item.at, clockTime(item.at)));
  return made;
}

/** Leads to the earlier versions. */
function editedMark(item) {
  const made = item.change ? element("span", "edited", "edited") : button("edited", "versions");
  made.className = "edited";
  made.title = `Edited ${exactTime(item.editedAt)}`;
  return made;
}

function keptMarks({ pinned, saved }) {
  const made = element("span", "kept-marks");
  if (pinned) made.append(keptMark("pin", "Pinned"));
  if (saved) made.append(keptMark("bookmark", "Saved"));
  return made;
}

function keptMark(name, words) {
  const made = element("span", "kept-mark");
  made.append(icon(name), words);
  return made;
}

/** Names as a sentence lists them: "Ana, Bob and you". */
function reactedWords({ users }, me, nameOf) {
  const names = users.map((id) => (id === me ? "you" : nameOf(id) ?? "someone"));
  const isolated = names.map(isolate);
  const all = names.length > 1 ? `${isolated.slice(0, -1).join(", ")} and ${isolated.at(-1)}` : isolated[0];
  return all.replace(/^(you|someone)\b/, (word) => (word === "you" ? "You" : "Someone"));
}

/** A press adds one's own or takes it back; who reacted is told on hover and on a long press. */
function reactionChip(reaction, { me, nameOf }) {
  const { emoji, users } = reaction;
  const made = button(`${emoji} ${users.length}`, "toggle");
  made.className = "reaction";
  made.dataset.emoji = emoji;
  made.title = reactedWords(reaction, me, nameOf);
  made.setAttribute("aria-pressed", String(users.includes(me)));
  made.setAttribute("aria-label", `${emoji} ${users.length}: ${made.title}`);
  return made;
}

function reactionChips({ reactions }, context) {
  const made = element("ul", "reactions");
  made.setAttribute("aria-label", "Reactions");
  for (const reaction of reactions) made.appendChild(element("li")).append(reactionChip(reaction, context));
  return made;
}

const FAILED_WORDS = {
  "message.send": "Not sent", "message.edit": "Not changed", "message.delete": "Not deleted",
  "message.pin": "Not pinned", "message.unpin": "Not taken down",
  "reaction.add": "Not reacted", "reaction.remove": "Not taken back",
};

/** What the server refused: a message, or a change of one, which is an entry of the outbox. */
function failedMark(item) {
  const { type, body, error } = item.change ?? { ...item, type: "message.send" };
  const made = element("div", "mark failed");
  made.append(icon("circle-alert"), element("span", "", `${FAILED_WORDS[type]}: ${error?.message ?? "refused"}`));
  const actions = element("span", "mark-actions");
  actions.append(button("Retry", "retry"), ...(body ? [button("Copy", "copy")] : []), button("Discard", "discard"));
  made.append(actions);
  return made;
}

const waitingMark = (state) => {
  const made = element("div", "mark");
  made.append(icon("clock"), element("span", "", STATE_WORDS[state]));
  return made;
};

/** One tick: stored; two: everybody has it, or somebody read it; coloured: everybody read it. Of several a press tells who. */
function receiptMark(summary) {
  const { state = "sent", read = 0, others = 0 } = summary ?? {};
  const words = receiptWords(summary);
  const made = others > 1 ? button("", "receipts") : element("span");
  made.className = `receipt ${state}`;
  made.title = words;
  made.append(icon(state === "sent" && !read ? "check" : "check-check"), element("span", "visually-hidden", words));
  if (others > 1 && read) made.append(Object.assign(element("span", "", String(read)), { ariaHidden: "true" }));
  return made;
}

function mark(item) {
  if (item.state === "failed" || item.change?.state === "failed") return failedMark(item);
  if (item.state === "uploading") return uploadMark(item.share ?? 0);
  if (item.state !== "stored" || item.change) return waitingMark(item.change?.state ?? item.state);
  const made = element("div", "mark");
  made.append(Object.assign(timeElement(item.at, clockTime(item.at)), { ariaHidden: "true" }), receiptMark(item.receipt));
  return made;
}

/** The exact moment and the address of one message; seen on hover and focus. */
function permalink(item) {
  const made = element("a", "at");
  made.href = `?at=${item.seq}`;
  made.tabIndex = -1;
  made.title = exactTime(item.at);
  made.setAttribute("aria-label", `Link to the message of ${exactTime(item.at)}`);
  made.append(clockTime(item.at));
  return made;
}

function hidden(tag, text) {
  const made = element(tag, "visually-hidden", text);
  made.dir = "auto";
  return made;
}

/** The row is called by its parts, in the order in which one wants to hear them; of a list by what is in it. */
function nameRow(row, key, parts) {
  const named = parts.flatMap((part) => (part.localName === "ul" ? [...part.querySelectorAll("button")] : [part]));
  for (const [at, part] of named.entries()) part.id = `${key}-${at}`;
  row.setAttribute("aria-labelledby", named.map((part) => part.id).join(" "));
}

const showsMark = (item) => item.change || (item.own && (item.last || item.state !== "stored"));

/** Each makes the parts of a row, and of the row what it is. */
const fillers = {
  day: (row, item) => {
    row.className = "day";
    return [timeElement(item.at, dayName(item.at))];
  },
  none: (row) => {
    row.className = "note";
    return ["No messages yet."];
  },
  new: (row, item) => {
    row.className = "new";
    const link = Object.assign(element("a", "", "What changed"), { href: `missed/?since=${item.since}` });
    link.dataset.missed = item.since;
    return [item.text, " ", link];
  },
  note: (row, item, { me, nameOf }) => {
    row.className = "note";
    row.dir = "auto";
    row.title = exactTime(item.at);
    return noteParts(item.change, me, nameOf).map((part) => (part.name === undefined ? part : element("bdi", "", part.name)));
  },
  gap: (row, item) => {
    const count = item.last - item.first + 1;
    row.className = "gap";
    return [element("span", "", count === 1 ? "One line is missing here." : `${count} lines are missing here.`), button("Load", "fill")];
  },
  message: (row, item, context) => {
    const classes = { own: item.own, first: item.first, last: item.last, called: item.mentionsMe && !item.deleted, unsent: item.state !== "stored" };
    row.className = ["m", ...Object.keys(classes).filter((name) => classes[name])].join(" ");
    row.tabIndex = -1;
    if (item.seq) row.id = `m${item.seq}`;
    const name = context.nameOf(item.authorId);
    const head = item.first && !item.own ? [face(item.authorId, name, "small"), who(item, name)] : [];
    const author = hidden("span", item.own ? "You: " : `${name ?? "Someone"}: `);
    const said = content(item, context);
    const about = aboutLines(item, context);
    const time = hidden("span", clockTime(item.at));
    const marks = markLines(item, context);
    nameRow(row, item.key, [author, ...said, time, ...about, ...marks]);
    return [...head, author, ...about, ...said, time, ...marks, ...(item.seq ? [permalink(item)] : [])];
  },
};

/** What stands above the words: where they come from, what they answer. */
function aboutLines(item, context) {
  if (item.deleted) return [];
  return [item.forwarded && sourceLine(item.forwarded, context), item.quote && quoteLink(item.quote, context)].filter(Boolean);
}

/** What stands below them. */
function markLines(item, context) {
  return [
    item.editedAt && !item.deleted && editedMark(item), (item.pinned || item.saved) && keptMarks(item),
    item.reactions.length && reactionChips(item, context), showsMark(item) && mark(item),
  ].filter(Boolean);
}

const signature = (item, { me, nameOf, placeOf }) =>
  item.type === "message"
    ? [item.first, item.last, item.state, item.seq, Boolean(item.html), item.at, nameOf(item.authorId), item.editedAt,
        item.deleted, item.file?.name, item.body ? "" : "bare", item.forwarded && [nameOf(item.forwarded.author_id), placeOf(item.forwarded.conversation_id)], item.pinned, item.saved, item.receipt?.state, receiptWords(item.receipt), item.change?.state, item.quote?.text, item.quote?.deleted, item.quote?.authorId && nameOf(item.quote.authorId), ...item.reactions.map((one) => one.emoji + reactedWords(one, me, nameOf))].join()
    : item.type === "note" ? noteText(item.change, me, nameOf)
    : item.type === "day" ? dayName(item.at)
    : item.type === "new" ? `${item.text}-${item.since}`
    : `${item.first}-${item.last}`;

/** Makes `timeline` (an ol) show the items, keeping the rows whose key stays; `context` is {me, nameOf, placeOf, id}. */
export function showItems(timeline, items, context) {
  const rows = keptRows(timeline, new Set(items.map((item) => item.key)));
  let next = timeline.firstChild;
  for (const item of items) {
    const row = rows.get(item.key) ?? document.createElement("li");
    fillRow(row, item, context);
    if (row === next) next = next.nextSibling;
    else timeline.insertBefore(row, next);
  }
}

/** Rows that go leave first, so that those which stay need not move. */
function keptRows(timeline, keys) {
  const rows = new Map();
  for (const row of [...timeline.children]) {
    if (keys.has(row.itemKey)) rows.set(row.itemKey, row);
    else row.remove();
  }
  return rows;
}

function fillRow(row, item, context) {
  const sign = signature(item, context);
  if (row.itemSign === sign) {
    row.item = item;
    return;
  }
  const before = row.querySelector("[data-attachment]");
  Object.assign(row, { itemKey: item.key, itemSign: sign, item });
  const parts = fillers[item.type](row, item, { ...context, before });
  // The actions stay in the row, for they may have the focus.
  const actions = row.querySelector(":scope > message-actions");
  for (const part of [...row.childNodes]) if (part !== actions) part.remove();
  if (actions) actions.before(...parts);
  else row.append(...parts);
}
