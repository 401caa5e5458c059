/** <invitations-line>: above the conversations, that one is invited to groups, and the way to accept or decline. */

import { element, icon } from "./faces.js";
import { invitationWords } from "./invitations.js";

export class InvitationsLine extends HTMLElement {
  #store = null;

  connect({ store }) {
    this.#store = store;
    store.subscribe(({ type }) => type === "invitations.changed" && this.#draw());
  }

  #draw() {
    const count = this.#store.invitations;
    this.hidden = !count;
    if (!count) return this.replaceChildren();
    const link = Object.assign(element("a"), { href: "/groups/" });
    link.append(icon("mail"), element("span", "", invitationWords(count)));
    return this.replaceChildren(link);
  }
}

customElements.define("invitations-line", InvitationsLine);
