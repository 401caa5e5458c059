// What the pages around the chat gain from scripts: nothing they need, all of it comfort.
import "./composing-keys.js";
import "./copy-text.js";
import { showLocalTimes } from "./local-times.js";
import "./notice-settings.js";
import "./open-menu.js";
import "./reveal-password.js";

// A second press of a button that was already pressed would send its form twice.
const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});
// "Today" ends at this person's midnight.
for (const field of document.querySelectorAll("input[type=hidden][name=zone]")) field.value = new Date().getTimezoneOffset();
showLocalTimes(document);
// Whoever never chose a time zone is where their browser says.
for (const field of document.querySelectorAll("[data-guess=time-zone]")) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if ([...field.options].some((option) => option.value === timeZone)) field.value = timeZone;
}
// The page may come back from the browser's cache, and its forms are then to be sent again.
addEventListener("pageshow", (event) => event.persisted && location.reload());
