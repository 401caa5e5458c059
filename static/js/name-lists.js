/** Names as a sentence lists them: "Ann, Bob and Carol"; of many the first three. Pure. */

import { isolate } from "./labels.js";

const NAMED_MOST = 3;

export function listed(called) {
  const names = called.map(isolate);
  const all = names.length > NAMED_MOST + 1 ? [...names.slice(0, NAMED_MOST), `${names.length - NAMED_MOST} others`] : names;
  return all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1)}` : all[0] ?? "";
}
