/** A text as one line, as messaging/markup/reading.py makes it. It is shown as text, never as HTML. Pure. */

export const PREVIEW_CHARACTERS = 120;

export const isPicture = (file) => file.width !== undefined;

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&" };

const BLOCK = /^<(p|br|li|[uo]l|pre|blockquote)\b/; // begins a line of its own; what is within one parts no words

const LIST = /^<(?:ol(?: start="(\d+)")?|(ul)|(li)|\/([uo]l))>$/;

/** Says for each tag in turn what its place in a list is written as: "3. ". */
function numbering() {
  const numbers = [];
  return (tag) => {
    const found = tag.match(LIST);
    if (!found) return "";
    const [, start, isBulleted, isItem, isEnd] = found;
    if (isEnd) numbers.pop();
    else if (!isItem) numbers.push(isBulleted ? null : Number(start ?? 1));
    else if (numbers.at(-1) != null) return `${numbers[numbers.length - 1]++}. `;
    return "";
  };
}

function withoutTags(html) {
  const number = numbering();
  return html.replace(/<[^>]*>/g, (tag) => (BLOCK.test(tag) ? "\n" : "") + number(tag)).replace(/&[#\w]+;/g, (name) => ENTITIES[name] ?? name);
}

/** What a message says, as its reader sees it and not as its writer typed it. */
export const plainText = ({ body, html }) => (html ? withoutTags(html).replace(/\s*\n\s*/g, "\n") : body).trim();

/** Of a file about which nothing is said, what it is. */
export function previewText({ body, html, file }) {
  if (file && !body) return isPicture(file) ? "Picture" : file.name;
  const line = plainText({ body, html }).replace(/\s+/g, " ");
  return [...line].length <= PREVIEW_CHARACTERS ? line : `${beginning(line, PREVIEW_CHARACTERS - 1)}…`;
}

/** No more than so many characters, and no emoji, flag or accented letter in part. */
function beginning(line, most) {
  let [text, count] = ["", 0];
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    count += [...segment].length;
    if (count > most) break;
    text += segment;
  }
  return text || [...line].slice(0, most).join("");
}
