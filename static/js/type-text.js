/** Text put into a field as if it had been typed: one step of undoing takes it out again. */

/**
 * Replaces the field's text from `start` to `end`; the caret stands behind what was put in. Fires `input`. The command is
 * the one way to leave the browser's memory of what to undo as it is, though no standard wants it.
 */
export function typeText(field, text, start, end) {
  field.focus();
  field.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
