/** The dot on a face: full for online, hollow for away, none for offline; and the words for each. */

import { element } from "./faces.js";
import { agoWords } from "./times.js";

/** The face with room for its person's dot; `drawDots` fills it. */
export function withDot(face, id) {
  const made = element("span", "with-dot");
  made.dataset.user = id;
  made.append(face);
  return made;
}

/** Draws the dots of all faces under `root` that look different now. */
export function drawDots(root, presence) {
  for (const holder of root.querySelectorAll("[data-user].with-dot")) drawDot(holder, presence.of(holder.dataset.user));
}

function drawDot(holder, person) {
  const words = person && person.state !== "offline" ? presenceWords(person) : "";
  const old = holder.querySelector(".dot");
  if ((old?.title ?? "") === words) return;
  old?.remove();
  if (words) holder.append(dot(person));
}

export function dot(person) {
  const made = element("span", `dot ${person.state}`);
  made.title = presenceWords(person);
  made.append(element("span", "visually-hidden", ` ${person.state} `));
  return made;
}

/** "away · At lunch" */
export function presenceWords({ state, last_seen_at, status }) {
  const here = state === "offline" && last_seen_at ? `last seen ${agoWords(last_seen_at)}` : state;
  return status ? `${here} · ${status}` : here;
}
