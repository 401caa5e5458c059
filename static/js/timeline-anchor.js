/** Keeps a line of the timeline where the reader has it while rows come and go around it. */

/** The first message in sight, and how far from the top it stands; null when there is none. */
export function findAnchor(lines, timeline) {
  const top = lines.getBoundingClientRect().top;
  const rows = timeline.children;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  // A day line above may come and go as older lines arrive: a message stays.
  while (low < rows.length - 1 && rows[low].item?.type !== "message") low += 1;
  const row = rows[low];
  return row ? { key: row.itemKey, row, top: row.getBoundingClientRect().top - top } : null;
}

/** Scrolls so that the anchor's line stands where it stood; false when it is not there any more. */
export function restoreAnchor(lines, timeline, anchor) {
  const row = anchor && (anchor.row?.isConnected ? anchor.row : [...timeline.children].find((one) => one.itemKey === anchor.key));
  if (!row) return false;
  const moved = row.getBoundingClientRect().top - lines.getBoundingClientRect().top - anchor.top;
  if (Math.abs(moved) >= 1) lines.scrollTop += moved;
  return true;
}
