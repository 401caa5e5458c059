/** What others changed in a conversation while one was away; messaging/missed_views.py says the same in the same words. */

import { element } from "./faces.js";
import { dialog } from "./message-dialogs.js";
import { listed } from "./name-lists.js";
import { ask } from "./rest.js";

const words = {
  new: ({ count }, who) => `${who} wrote ${count} message${count === 1 ? "" : "s"}`,
  edited: (_, who) => `${who} edited a message`,
  deleted: (_, who) => `${who} deleted a message`,
  reacted: ({ emojis }, who) => `${emojis.join(" ")} from ${who}`,
  pinned: (_, who) => `${who} pinned a message`,
  joined: (_, who) => `${who} joined`,
  left: (_, who) => `${who} left`,
  renamed: (_, who) => `${who} renamed this`,
  described: (_, who) => `${who} changed the description`,
  converted: () => "This became a channel",
  slowed: (_, who) => `${who} changed the slow mode`,
};

export async function showMissed({ directory }, id, since) {
  const status = element("p", "quiet", "Looking…");
  status.setAttribute("role", "status");
  const list = element("ul", "missed");
  const shown = dialog("What changed", status, list);
  const missed = await ask(`/conversations/${id}/missed?since=${since}`).catch((error) => ({ error, items: [] }));
  status.textContent = statusWords(missed);
  const closed = new AbortController();
  const draw = () => list.replaceChildren(...missed.items.map((item) => row(id, item, (user) => directory.name(user) ?? "…")));
  directory.addEventListener("names", draw, { signal: closed.signal });
  shown.addEventListener("close", () => closed.abort());
  list.addEventListener("click", (event) => event.target.closest("a") && shown.close());
  draw();
  list.querySelector("a")?.focus();
}

function statusWords({ error, items, is_complete }) {
  if (error) return error.message;
  if (!items.length) return "Nothing has changed.";
  return is_complete ? "" : "Much has changed: this is the newest part of it.";
}

function row(id, item, nameOf) {
  const link = Object.assign(element("a", "missed-item"), { href: `/c/${id}/?at=${item.seq}` });
  link.append(element("b", "", words[item.kind](item, listed(item.user_ids.map(nameOf)))));
  if (item.text) link.append(Object.assign(element("span", "", item.text), { dir: "auto" }));
  const made = element("li");
  made.append(link);
  return made;
}
