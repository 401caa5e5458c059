/** <reports-line>: below the head of a group, for its owner and admins: that reports wait for them, and the way there. */

import { element, icon } from "./faces.js";
import { reportWords, waitingReports } from "./reports.js";

export class ReportsLine extends HTMLElement {
  #app = null;
  #id = null;

  connect(app) {
    this.#app = app;
    app.store.subscribe(({ conversation_id }) => conversation_id === this.#id && this.#draw());
  }

  show(id) {
    this.#id = id;
    this.#draw();
  }

  #draw() {
    const conversation = this.#app.store.get(this.#id);
    const count = conversation ? waitingReports(conversation) : 0;
    this.hidden = !count;
    const words = count ? reportWords(count) : "";
    if (this.textContent.trim() === words && this.firstChild?.pathname === `/c/${this.#id}/reports/`) return;
    const link = Object.assign(element("a"), { href: `/c/${this.#id}/reports/` });
    link.append(icon("flag"), element("span", "", words));
    this.replaceChildren(...(count ? [link] : []));
  }
}

customElements.define("reports-line", ReportsLine);
