/** Which rows of a long list are drawn: those around what is seen of it, and the one that has the focus. Pure. */

const ALL_ROWS = 80; // so many are drawn whole
const ROWS_AROUND = 20; // above and below what is seen of a longer list

/**
 * `count` rows of `height` in a box that shows `seen` from `top` on; `kept`: the index of the row with the focus, or -1.
 * Gives the indexes to draw, in order, and the room to keep `above` and `below` them. A kept row outside is drawn next to
 * the others, out of sight, in the room of its neighbour.
 */
export function listWindow({ count, height, top, seen, kept = -1 }) {
  const isWindowed = count > ALL_ROWS && height > 0;
  const first = isWindowed ? Math.min(count, Math.max(0, Math.floor(top / height) - ROWS_AROUND)) : 0;
  const last = isWindowed ? Math.min(count, first + Math.ceil(seen / height) + 2 * ROWS_AROUND) : count;
  const drawn = Array.from({ length: last - first }, (_, at) => first + at);
  const isAbove = kept >= 0 && kept < first;
  const isBelow = kept >= last && kept < count;
  if (isAbove) drawn.unshift(kept);
  if (isBelow) drawn.push(kept);
  const room = isWindowed ? height : 0;
  return { isWindowed, drawn, above: (first - isAbove) * room, below: (count - last - isBelow) * room };
}
