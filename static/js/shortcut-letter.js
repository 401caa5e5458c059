/** Which letter a key means to a shortcut. Pure. */

/**
 * The one that it types; on a keyboard of another script (Cyrillic, Greek, Hebrew …) the one that has its place on a
 * Latin keyboard. Null for what is no letter.
 */
export function shortcutLetter({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const isOfAnotherScript = key.length === 1 && /[^\p{Script=Latin}\p{Script=Common}]/u.test(key);
  return isOfAnotherScript && /^Key[A-Z]$/.test(code) ? code[3].toLowerCase() : null;
}
