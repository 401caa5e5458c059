/** Pictures opened large, one at a time: the arrow keys go to those before and after, Escape back to the timeline. */

import { spokenFile } from "./attachments.js";
import { element, icon } from "./faces.js";
import { closeButton } from "./quick-find.js";

const tool = (name, words) => {
  const made = element("button", "tool");
  Object.assign(made, { type: "button", title: words });
  made.setAttribute("aria-label", words);
  made.append(icon(name));
  return made;
};

class PictureView {
  /** `items` are messages with pictures, in order. */
  constructor(id, items, at) {
    Object.assign(this, { id, items, at });
    this.dialog = element("dialog", "picture-view");
    this.image = element("img");
    this.title = Object.assign(element("h2"), { id: "picture-title", dir: "auto" });
    this.dialog.setAttribute("aria-labelledby", "picture-title");
    this.dialog.append(this.#head(), this.#stage());
    this.dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.dialog.addEventListener("click", (event) => event.target === this.stage && this.dialog.close());
    this.dialog.addEventListener("close", () => this.dialog.remove());
    this.image.addEventListener("load", () => { this.image.style.backgroundImage = ""; });
  }

  open() {
    document.body.append(this.dialog);
    this.#show(this.at);
    this.dialog.showModal();
  }

  #head() {
    const head = element("div", "picture-head");
    this.place = element("span", "quiet small");
    this.download = Object.assign(element("a", "tool"), { title: "Download" });
    this.download.setAttribute("aria-label", "Download");
    this.download.append(icon("download"));
    head.append(this.title, this.place, this.download, closeButton(this.dialog));
    return head;
  }

  #stage() {
    this.stage = element("div", "picture-stage");
    this.before = tool("chevron-left", "Picture before");
    this.after = tool("chevron-right", "Next picture");
    this.before.addEventListener("click", () => this.#show(this.at - 1));
    this.after.addEventListener("click", () => this.#show(this.at + 1));
    this.stage.append(this.before, this.image, this.after);
    return this.stage;
  }

  #show(at) {
    const item = this.items[at];
    if (!item) return;
    this.at = at;
    const address = `/c/${this.id}/${item.seq}`;
    const { name, width, height } = item.file;
    Object.assign(this.image, { width, height, alt: item.body || spokenFile(item.file), src: `${address}/file` });
    // What is there already, until the large one has come.
    this.image.style.backgroundImage = `url("${address}/thumbnail")`;
    this.title.textContent = item.body || name;
    this.place.textContent = this.items.length > 1 ? `${at + 1} of ${this.items.length}` : "";
    Object.assign(this.download, { href: `${address}/file?download`, download: name });
    this.before.disabled = at === 0;
    this.after.disabled = at === this.items.length - 1;
  }

  #onKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#show(this.at + step);
  }
}

export function openPicture(id, items, item) {
  new PictureView(id, items, items.indexOf(item)).open();
}
