/** What is known of a file before and without its bytes: the room it takes, and its size in words. Pure. */

import { isPicture } from "./previews.js";

/** A picture in the timeline lies within this square of CSS pixels; messaging/templatetags/conversations.py knows the same. */
const BOX_SIDE = 320;
const BOX_LEAST = 32;

export const PICTURE_TYPES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"]);

const side = (length, scale) => Math.max(BOX_LEAST, Math.round(length * scale));

/** The size that a picture takes in the timeline, known before it has come, so that nothing moves when it does. */
export function boxOf({ width, height }) {
  const scale = Math.min(1, BOX_SIDE / width, BOX_SIDE / height);
  return { width: side(width, scale), height: side(height, scale) };
}

export function sizeWords(bytes) {
  if (bytes < 1024) return `${bytes} byte${bytes === 1 ? "" : "s"}`;
  const [unit, amount] = bytes < 1024 ** 2 ? ["KB", bytes / 1024] : ["MB", bytes / 1024 ** 2];
  return `${amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount)} ${unit}`;
}

/** What a screen reader says of a file. */
export const spokenFile = (file) => `${isPicture(file) ? "Picture" : "File"}: ${file.name}`;

const REASONS = { damaged: "the picture is damaged", too_large: "it is too large to show as a picture", too_complex: "it takes too much to show as a picture" };

/** What its sender reads when a picture is sent as the file it is. */
export const sentAsFileWords = (file, reason) => `${file.name} is sent as a file: ${REASONS[reason] ?? "this kind of picture cannot be shown"}`;
