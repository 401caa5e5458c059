/** Several new messages in words. Pure. */

import { listed } from "./name-lists.js";

/** "3 new messages from Ann and Bob"; `names` are those of the authors, each as often as one wrote. */
export function burstWords(names) {
  return `${names.length} new message${names.length === 1 ? "" : "s"} from ${listed([...new Set(names)])}`;
}
