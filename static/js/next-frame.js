/** Once with the next frame; in a page that nobody sees, where there are none, soon. Returns the way to take it back. */

const HIDDEN_MS = 100;

export function nextFrame(work) {
  if (document.hidden) {
    const timer = setTimeout(work, HIDDEN_MS);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(work);
  return () => cancelAnimationFrame(frame);
}
