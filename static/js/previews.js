/** A text as one line, as messaging/markup.py makes it. It is shown as text, never as HTML. Pure. */

export const PREVIEW_CHARACTERS = 120;

export const isPicture = (file) => file.width !== undefined;

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&" };

const BLOCK = /^<(p|br|li|[uo]l|pre|blockquote)\b/; // begins a line of its own; what is within one parts no words

const withoutTags = (html) =>
  html.replace(/<[^>]*>/g, (tag) => (BLOCK.test(tag) ? "\n" : "")).replace(/&[#\w]+;/g, (name) => ENTITIES[name] ?? name);

/** What a message says, as its reader sees it and not as its writer typed it. */
export const plainText = ({ body, html }) => (html ? withoutTags(html).replace(/\s*\n\s*/g, "\n") : body).trim();

/** Of a file about which nothing is said, what it is. */
export function previewText({ body, html, file }) {
  if (file && !body) return isPicture(file) ? "Picture" : file.name;
  const characters = [...plainText({ body, html }).replace(/\s+/g, " ")];
  if (characters.length <= PREVIEW_CHARACTERS) return characters.join("");
  return `${characters.slice(0, PREVIEW_CHARACTERS - 1).join("")}…`;
}
