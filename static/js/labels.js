/**
 * How a name stands in a line: with its username beside it, and without turning the words around it; accounts/labels.py
 * writes the same. Pure.
 */

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const BEFORE_USERNAME = " \u2066";

/** "Ann", or with a username "Ann (@ann)", which runs from left to right whatever the name's script. */
export const label = (name, username) => (username ? `${name}${BEFORE_USERNAME}(@${username})\u2069` : name);

/** The name and, if it is there, the username in its brackets. No name contains the marks between them. */
export const parted = (called) => called.replace("\u2069", "").split(BEFORE_USERNAME);

export const bareName = (called) => parted(called)[0];

/** For a sentence of plain text: a name that runs from right to left leaves the other words where they are. */
export const isolate = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);
