/** How much a screen reader says of what comes in a conversation: chosen for each, and kept by this device. */

const PREFIX = "parley.spoken.";

export const AMOUNTS = { all: "Who wrote what; of several at once, how many", count: "Only how many", nothing: "Nothing" };

export function spokenAmount(id) {
  const kept = localStorage.getItem(PREFIX + id);
  return kept in AMOUNTS ? kept : "all";
}

export function setSpokenAmount(id, amount) {
  if (amount === "all") localStorage.removeItem(PREFIX + id);
  else localStorage.setItem(PREFIX + id, amount);
}
