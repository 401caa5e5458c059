/**
 * Where a jump along a timeline leads: to the next or previous message that is unread, that mentions the reader, or with
 * which a day begins. Reads from the server what is not held; moves nothing.
 */

import { PAGE_CHANGES, isMessage } from "./protocol.js";
import { ask } from "./rest.js";
import { dayOf } from "./times.js";

const FIRST_STRIDE = 16;

/** What is said where there is none: ahead, and back. */
export const NONE_WORDS = {
  unread: ["No further unread message", "No earlier unread message"],
  mention: ["No further mention", "No earlier mention"],
  day: ["No later day", "No earlier day"],
};

const finders = { unread: findUnread, mention: findMention, day: findDay };

/**
 * The seq of a message, or null. `from` is the seq where the reader is, `unreadFrom` the first that was unread when they
 * came. Rejects when it is not held and cannot be read.
 */
export const findJump = (app, id, { kind, ...rest }) => finders[kind](app, id, rest);

function findUnread({ me, store, sync }, id, { from, isBack, unreadFrom }) {
  if (!unreadFrom) return null;
  const isOthers = (change) => isMessage(change) && change.author_id !== me;
  if (isBack) return lastIn(sync, store.get(id), unreadFrom, from - 1, isOthers);
  return firstIn(sync, store.get(id), Math.max(unreadFrom, from + 1), store.get(id).head, isOthers);
}

/** Pages of them go forwards only: the last before `from` is found on the way. */
async function findMention(app, id, { from, isBack }) {
  if (!isBack) return (await mentionsAfter(id, from, 1))[0] ?? null;
  let last = null;
  for (let after = 0; ;) {
    const seqs = await mentionsAfter(id, after, PAGE_CHANGES);
    last = seqs.findLast((seq) => seq < from) ?? last;
    if (seqs.length < PAGE_CHANGES || seqs.at(-1) >= from) return last;
    after = seqs.at(-1);
  }
}

const mentionsAfter = async (id, after, limit) => (await ask(`/conversations/${id}/mentions?after=${after}&limit=${limit}`)).results;

/** A day begins with its first message. */
async function findDay({ store, sync }, id, { from, isBack }) {
  const conversation = store.get(id);
  const dayAt = (seq) => dayOfSeq(sync, conversation, seq);
  const begins = isBack ? await beginOfDay(from - 1, dayAt) : await beginOfNextDay(from, conversation.head, dayAt);
  if (!begins) return null;
  const seq = await firstIn(sync, conversation, begins, isBack ? from - 1 : conversation.head, isMessage);
  return seq || !isBack ? seq : findDay({ store, sync }, id, { from: begins, isBack });
}

async function beginOfDay(seq, dayAt) {
  if (seq < 1) return null;
  const day = await dayAt(seq);
  const isThen = async (one) => (await dayAt(one)) >= day;
  let low = seq;
  for (let stride = FIRST_STRIDE; low > 1 && (await isThen(low)); stride *= 2) low = Math.max(1, low - stride);
  return firstWhere(low, seq, isThen);
}

async function beginOfNextDay(seq, head, dayAt) {
  const day = await dayAt(seq);
  const isLater = async (one) => (await dayAt(one)) > day;
  let high = seq;
  for (let stride = FIRST_STRIDE; high < head && !(await isLater(high)); stride *= 2) high = Math.min(head, high + stride);
  return (await isLater(high)) ? firstWhere(seq + 1, high, isLater) : null;
}

/** The first of low..high for which it is true, as it is for all that follow. */
async function firstWhere(low, high, isIt) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await isIt(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function dayOfSeq(sync, { id, log }, seq) {
  if (!log.has(seq)) await reads(sync, sync.fetch, id, { after: seq - 1, limit: 1 });
  return dayOf(log.get(seq).sent_at);
}

async function firstIn(sync, conversation, first, last, isIt) {
  for (let from = first; from <= last; from += PAGE_CHANGES) {
    const found = [...(await changesOf(sync, conversation, from, Math.min(last, from + PAGE_CHANGES - 1)))].find(isIt);
    if (found) return found.seq;
  }
  return null;
}

async function lastIn(sync, conversation, first, last, isIt) {
  for (let to = last; to >= first; to -= PAGE_CHANGES) {
    const found = [...(await changesOf(sync, conversation, Math.max(first, to - PAGE_CHANGES + 1), to))].findLast(isIt);
    if (found) return found.seq;
  }
  return null;
}

async function changesOf(sync, { id, log }, first, last) {
  if (!log.covers(first, last)) await reads(sync, sync.fill, id, first, last);
  return log.between(first, last);
}

/** A jump is made at once or not at all: it does not wait for a connection. */
function reads(sync, read, ...range) {
  if (!sync.socket.isOpen) throw new Error("There is no connection.");
  return read.apply(sync, range);
}
