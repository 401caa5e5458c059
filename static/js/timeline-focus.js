/** Keeps the focus where it is in a timeline while rows are drawn anew, go and come. */

const NAMES = ["data-act", "data-emoji", "data-action", "href"];

/** What has the focus among the rows, to be asked before they are drawn; null: it is elsewhere. */
export function findFocus(timeline) {
  const element = document.activeElement;
  const row = timeline.contains(element) && element.closest(".timeline > li");
  if (!row?.item) return null;
  const name = row === element ? null : NAMES.find((one) => element.hasAttribute(one));
  return {
    element, row, key: row.itemKey, seq: row.item.seq ?? row.item.first ?? Infinity,
    selector: name ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : null,
  };
}

/** To the same thing in the same row, else to the row, else to the message that is now there; or `lines` takes it. */
export function restoreFocus(lines, timeline, kept) {
  if (!kept || kept.element === document.activeElement || timeline.contains(document.activeElement)) return;
  const rows = [...timeline.children];
  const row = kept.row.isConnected ? kept.row : rows.find((one) => one.itemKey === kept.key);
  const target = row ? (kept.selector && row.querySelector(kept.selector)) || row : rows.find((one) => one.item?.seq >= kept.seq && one.tabIndex === -1);
  (target ?? lines).focus({ preventScroll: true });
  if (document.activeElement === document.body) lines.focus({ preventScroll: true });
}
