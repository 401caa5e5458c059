/** Times as this person writes them: their locale and zone. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const shortYearDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const yearDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const moment = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

const DAY_MS = 86_400_000;

/** The local day as text that sorts: 2026-01-02. */
export const dayOf = (iso) => {
  const at = new Date(iso);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
};

const daysAgo = (iso, now = new Date()) => {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(new Date(iso))) / DAY_MS);
};

/** "5 minutes ago", for what is not long ago; else the day. */
export function agoWords(iso, now = new Date()) {
  const minutes = Math.floor((now - new Date(iso)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return minutes === 1 ? "a minute ago" : `${minutes} minutes ago`;
  const days = daysAgo(iso, now);
  if (days === 0 || minutes < 12 * 60) return minutes < 120 ? "an hour ago" : `${Math.floor(minutes / 60)} hours ago`;
  return days === 1 ? "yesterday" : `on ${shortDay.format(new Date(iso))}`;
}

export const clockTime = (iso) => clock.format(new Date(iso));
export const momentTime = (iso) => moment.format(new Date(iso));
export const exactTime = (iso) => exact.format(new Date(iso));

export function dayName(iso) {
  const ago = daysAgo(iso);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return (new Date(iso).getFullYear() === new Date().getFullYear() ? longDay : yearDay).format(new Date(iso));
}

/** The short time of a list: the clock today, the weekday this week, else the date, with the year if it is another. */
export function listTime(iso) {
  const ago = daysAgo(iso);
  if (ago <= 0) return clockTime(iso);
  const isOld = new Date(iso).getFullYear() !== new Date().getFullYear();
  return (ago < 7 ? weekday : isOld ? shortYearDay : shortDay).format(new Date(iso));
}
