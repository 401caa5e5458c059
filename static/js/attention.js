/**
 * What is unread, and how much of it mentions the person, where it is seen from another tab: in the title and on the icon.
 * Counts what they want to hear of, and nothing in their quiet hours. Ends mutes when their time has come.
 */

import { heard, isQuiet } from "./attention-rules.js";

const SIZE = 64;
const TICK_MS = 5_000;

export class Attention {
  #count = 0;
  #mentions = 0;
  #title = null;
  #link = document.querySelector('link[rel="icon"]');
  #plain = null;

  constructor(store) {
    this.store = store;
    this.#title = document.title;
    this.#plain = this.#link && { href: this.#link.href, type: this.#link.type };
    store.subscribe(() => this.#update());
    setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  /** The page is about something else now. */
  set title(title) {
    this.#title = title;
    this.#write();
  }

  #tick() {
    this.store.endMutes(new Date());
    this.#update();
  }

  #heard() {
    const all = { count: 0, mentions: 0 };
    if (isQuiet(this.store.quietHours, new Date())) return all;
    Object.assign(all, this.store.elsewhere);
    for (const conversation of this.store.conversations.values()) {
      const { count, mentions } = heard(conversation);
      all.count += count;
      all.mentions += mentions;
    }
    return all;
  }

  #update() {
    const { count, mentions } = this.#heard();
    if (count === this.#count && mentions === this.#mentions) return;
    this.#count = count;
    this.#mentions = mentions;
    this.#write();
    this.#drawIcon();
  }

  #write() {
    const mentions = this.#mentions ? ` · @${this.#mentions}` : "";
    document.title = this.#count ? `(${this.#count}${mentions}) ${this.#title}` : this.#title;
  }

  async #drawIcon() {
    if (!this.#link) return;
    if (!this.#count) return Object.assign(this.#link, this.#plain);
    const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
    const pen = canvas.getContext("2d");
    const mark = await loaded(this.#plain.href);
    if (!this.#count) return undefined; // read meanwhile
    if (mark) pen.drawImage(mark, 0, 0, SIZE, SIZE);
    this.#drawBadge(pen);
    return Object.assign(this.#link, { href: canvas.toDataURL("image/png"), type: "image/png" });
  }

  #drawBadge(pen) {
    pen.fillStyle = "#b3261e";
    pen.beginPath();
    pen.arc(44, 44, 20, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = "#fff";
    pen.font = "bold 26px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(this.#count > 9 ? "9+" : String(this.#count), 44, 46);
  }
}

const loaded = (src) =>
  new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = src;
  });
