/** What somebody wants to hear: of a message, of a conversation, and at this hour. Pure. */

import { doesMention } from "./protocol.js";

export const USUAL = Object.freeze({ level: "all", is_muted: false, muted_until: null });

/** Not each of its messages makes itself heard. */
export const isHushed = ({ attention }) => attention.is_muted || attention.level !== "all";

/** Whether a message of a conversation is to be heard at all. */
export function wants({ attention }, change, user) {
  if (attention.is_muted || attention.level === "nothing") return false;
  return attention.level === "all" || doesMention(change, user);
}

/** How many of the unread messages are to be heard, and how many of these mention the user. */
export function heard({ attention, unread, mentions }) {
  if (attention.is_muted || attention.level === "nothing") return { count: 0, mentions: 0 };
  return { count: attention.level === "mentions" ? mentions : unread, mentions };
}

/** Null for a zone that this browser does not know: its data is older or newer than the server's. */
function clockIn(timeZone) {
  try {
    return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
  } catch {
    return null;
  }
}

/** Whether `now`, a Date, lies in the quiet hours {from, to, time_zone}, which may go past midnight. */
export function isQuiet(hours, now) {
  if (!hours) return false;
  const time = clockIn(hours.time_zone)?.format(now);
  if (!time) return false;
  if (hours.from < hours.to) return hours.from <= time && time < hours.to;
  return hours.from <= time || time < hours.to;
}
