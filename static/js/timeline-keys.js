/** What keys and buttons do to single messages of a timeline. */

const STEPS = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };

/** With Alt, also while one writes; with Shift as well, those with a letter lead back. By code: Alt makes other letters. */
const JUMPS = { KeyM: ["mention"], KeyU: ["unread"], PageDown: ["day", false], PageUp: ["day", true] };

/** Where a key leads in the timeline: {kind, isBack}; null: nowhere. */
export function jumpOf(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || !Object.hasOwn(JUMPS, event.code)) return null;
  const [kind, isBack = event.shiftKey] = JUMPS[event.code];
  return { kind, isBack };
}

const bottomOf = (element) => element.getBoundingClientRect().bottom;

/** The lowest message in sight. */
function lowestIn(lines) {
  return [...lines.querySelectorAll("li.m")].findLast((row) => row.getBoundingClientRect().top < bottomOf(lines));
}

function stepFrom(row, step) {
  let next = row[step];
  while (next && !next.classList.contains("m")) next = next[step];
  return next;
}

/** The arrows move from message to message, beginning with the lowest in sight. */
export function moveAmongMessages(event) {
  const step = STEPS[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  const row = event.target.closest?.("li.m");
  const next = row ? stepFrom(row, step) : event.target === event.currentTarget ? lowestIn(event.target) : null;
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select the text to copy it";
  }
}
