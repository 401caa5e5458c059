/** When another day begins: words such as "Today" mean another one then. */

import { dayOf } from "./times.js";

const LOOK_MS = 15_000; // a timer until midnight would stand still while the device sleeps

export function onNewDay(listener) {
  let day = dayOf(new Date());
  const look = () => {
    const now = dayOf(new Date());
    if (now === day) return;
    day = now;
    listener();
  };
  setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
}
