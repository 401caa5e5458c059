/** What keys and buttons do to single messages of a timeline. */

const STEPS = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };

/** The arrows move from message to message once one has the focus. */
export function moveAmongMessages(event) {
  const step = STEPS[event.key];
  const row = event.target.closest?.("li.m");
  if (!step || !row || event.altKey || event.ctrlKey || event.metaKey) return;
  let next = row[step];
  while (next && !next.classList.contains("m")) next = next[step];
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
