/** How much a screen reader says of what comes in a conversation: chosen for each, and kept by this device. */

import { recall, remember } from "./device-memory.js";

const PREFIX = "parley.spoken.";

export const AMOUNTS = { all: "Who wrote what; of several at once, how many", count: "Only how many", nothing: "Nothing" };

export function spokenAmount(id) {
  const kept = recall(PREFIX + id);
  return kept in AMOUNTS ? kept : "all";
}

export function setSpokenAmount(id, amount) {
  remember(PREFIX + id, amount === "all" ? null : amount);
}
