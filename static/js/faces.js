/** The picture that stands for a user or a group; the same as accounts/templatetags/faces.py makes. */

import { bareName } from "./labels.js";

const GROUNDS = 6;

export function initials(name) {
  const words = bareName(name ?? "").replace(/[_.-]/g, " ").split(/\s+/).filter(Boolean).map((word) => [...word]);
  if (!words.length) return "?";
  return (words.length > 1 ? words[0][0] + words[1][0] : words[0].slice(0, 2).join("")).toUpperCase();
}

export const ground = (id) => `h${(parseInt(id.slice(-6), 16) % GROUNDS) + 1}`;

export function face(id, name, ...classes) {
  const element = document.createElement("span");
  element.className = ["face", ground(id), ...classes.filter(Boolean)].join(" ");
  element.setAttribute("aria-hidden", "true");
  element.textContent = initials(name);
  return element;
}

/** The id that decides a conversation's face: the other person's, or its own. */
export const faceOf = (conversation, ...classes) =>
  face(conversation.otherId ?? conversation.id, conversation.name, conversation.kind !== "direct" && "group", ...classes);

/** An icon that the page carries in a template. */
export function icon(name) {
  return document.getElementById(`icon-${name}`).content.firstElementChild.cloneNode(true);
}

/** An element with a class and text: what people wrote enters the page only here and as cleaned `html`. */
export function element(tag, className = "", text = null) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== null) made.textContent = text;
  return made;
}
