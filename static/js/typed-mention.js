/** Whether a member's name is being typed: messaging/markup/mentions.py says where an @ may stand. Pure. */

const SPACELESS =
  "\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Bopomofo}\\p{scx=Hangul}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Tibetan}\\p{scx=Myanmar}\\p{scx=Khmer}\\p{scx=Yi}";
const BEFORE = `(?:^|[^\\p{L}\\p{N}\\p{M}@＠.+\\\\_\\-]|(?!\\p{N})[${SPACELESS}]\\p{M}*)_*`;
const TYPED = new RegExp(`${BEFORE}([@＠]([\\p{L}\\p{N}._\\-]*))$`, "u");

/** {words, start} of what stands after an @ at the end of `text`, or null. */
export function typedMention(text) {
  const found = text.match(TYPED);
  return found && { words: found[2], start: text.length - found[1].length };
}
