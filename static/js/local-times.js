/** Times that the server wrote in its own zone become those of whoever reads them. */

import { exactTime, momentTime } from "./times.js";

export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    time.textContent = momentTime(time.dateTime);
    time.title = exactTime(time.dateTime);
  }
  for (const option of root.querySelectorAll("select[data-until] option[value=keep]")) {
    option.textContent = `until ${momentTime(option.parentElement.dataset.until)}`;
  }
}
