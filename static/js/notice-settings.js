/** <notice-settings>: what this device may do to be noticed. Asks the browser only when its user has pressed. */

import { element } from "./faces.js";
import { choices, playNotes } from "./notices.js";

const WORDS = {
  unsupported: "This browser cannot show notifications here. A page must be served over https for them.",
  denied: "Your browser blocks notifications from here. Allow them in its settings for this site, then try again.",
};

class NoticeSettings extends HTMLElement {
  connectedCallback() {
    this.words = element("p", "errors small");
    this.words.setAttribute("role", "status");
    this.append(
      choice("sound", "Play a sound", "Two short notes for a message you have not seen.", (box) => this.#onSound(box)),
      choice("notifications", "Show notifications", "From your browser, while you look elsewhere.", (box) => this.#onNotifications(box)),
      this.words,
    );
    if (choices.has("notifications") && globalThis.Notification?.permission !== "granted") this.#refuse();
  }

  #onSound(box) {
    choices.set("sound", box.checked);
    if (box.checked) playNotes();
  }

  async #onNotifications(box) {
    this.words.textContent = "";
    choices.set("notifications", false);
    if (!box.checked) return;
    if (!("Notification" in globalThis)) return this.#refuse();
    if ((await Notification.requestPermission()) !== "granted") return this.#refuse();
    choices.set("notifications", true);
  }

  #refuse() {
    this.querySelector("[name=notifications]").checked = false;
    this.words.textContent = "Notification" in globalThis ? WORDS.denied : WORDS.unsupported;
  }
}

function choice(name, title, hint, onChange) {
  const made = element("div", "choice");
  const box = Object.assign(element("input"), { type: "checkbox", name, id: `notice-${name}`, checked: choices.has(name) });
  const label = Object.assign(element("label", "", title), { htmlFor: box.id });
  const words = Object.assign(element("span", "hint quiet small", hint), { id: `notice-${name}-hint` });
  box.setAttribute("aria-describedby", words.id);
  box.addEventListener("change", () => onChange(box));
  const column = element("div");
  column.append(label, words);
  made.append(box, column);
  return made;
}

customElements.define("notice-settings", NoticeSettings);
