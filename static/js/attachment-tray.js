/**
 * <attachment-tray>: the files that the next message takes along, with a look at them and a way to take each out again.
 * Takes what is picked, photographed, pasted or dropped. Each conversation has its own, for as long as the page lives.
 */

import { PICTURE_TYPES, sizeWords } from "./attachments.js";
import { element, icon } from "./faces.js";
import { measure } from "./local-pictures.js";

const NAMES_MOST = 3;

export class AttachmentTray extends HTMLElement {
  #trays = new Map(); // conversation → [{blob, file, address}]
  #id = null;

  /** `say` tells the writer what could not be taken. */
  connect({ say, changed }) {
    Object.assign(this, { say, changed });
    this.most = Number(this.dataset.fileBytes);
    this.addEventListener("click", (event) => this.#onClick(event));
  }

  show(id) {
    this.#id = id;
    this.#draw();
  }

  get #tray() { return this.#trays.get(this.#id) ?? []; }
  get isEmpty() { return !this.#tray.length; }

  async add(blobs, id = this.#id) {
    const fine = blobs.filter((blob) => blob.size > 0 && blob.size <= this.most);
    this.#refuse(blobs.filter((blob) => !fine.includes(blob)));
    const taken = await Promise.all(fine.map(described));
    this.#trays.set(id, [...(this.#trays.get(id) ?? []), ...taken]);
    this.#draw();
    this.changed();
  }

  /** What is in it, to be sent: [{blob, file}]; it is empty then. */
  take() {
    const taken = this.#tray;
    this.#trays.delete(this.#id);
    for (const { address } of taken) if (address) URL.revokeObjectURL(address);
    this.#draw();
    return taken.map(({ blob, file }) => ({ blob, file }));
  }

  #refuse(blobs) {
    if (!blobs.length) return;
    const names = blobs.slice(0, NAMES_MOST).map((blob) => blob.name || "This file").join(", ");
    this.say(blobs.some((blob) => blob.size) ? `${names}: larger than ${sizeWords(this.most)}.` : `${names}: nothing in it.`);
  }

  #onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const at = [...this.querySelectorAll("button")].indexOf(button);
    const [{ address }] = this.#tray.splice(at, 1);
    if (address) URL.revokeObjectURL(address);
    this.#draw();
    const next = this.querySelectorAll("button")[Math.min(at, this.#tray.length - 1)];
    if (next) next.focus();
    else this.closest("message-composer").focusField();
    this.changed();
  }

  #draw() {
    this.hidden = this.isEmpty;
    const list = element("ul", "tray");
    list.setAttribute("aria-label", "Files to send");
    for (const attached of this.#tray) list.append(chosen(attached));
    this.replaceChildren(list);
  }
}

async function described(blob) {
  const size = PICTURE_TYPES.has(blob.type) ? await measure(blob) : null;
  const name = blob.name || `Picture.${blob.type.split("/")[1] ?? "bin"}`;
  return { blob, file: { name, size: blob.size, media_type: blob.type, ...size }, address: size && URL.createObjectURL(blob) };
}

function chosen({ file, address }) {
  const made = element("li", "chosen");
  const look = address ? Object.assign(element("img"), { src: address, alt: "" }) : icon("file");
  const name = Object.assign(element("b", "", file.name), { dir: "auto" });
  const remove = element("button", "tool");
  remove.type = "button";
  remove.setAttribute("aria-label", `Do not send ${file.name}`);
  remove.append(icon("x"));
  made.append(look, name, element("span", "quiet small", sizeWords(file.size)), remove);
  return made;
}

customElements.define("attachment-tray", AttachmentTray);
