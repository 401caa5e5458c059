/**
 * What this browser keeps for its user from page to page, text by name. It may be forbidden to, or full: then nothing is
 * kept, nothing breaks, and no older text stands for what could not be kept.
 */

export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Null: nothing from here on. */
export function remember(name, text) {
  try {
    if (text === null) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    if (text !== null) remember(name, null);
  }
}

/** An object, or null for whatever else was kept. */
export function recallObject(name) {
  try {
    const kept = JSON.parse(recall(name));
    return typeof kept === "object" ? kept : null;
  } catch {
    return null;
  }
}

export const rememberObject = (name, object) => remember(name, object && JSON.stringify(object));
