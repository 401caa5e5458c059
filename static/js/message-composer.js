/**
 * <message-composer>: writes. What is typed is kept as a draft per conversation and leaves the field only when the
 * outbox holds it. Enter sends and Shift-Enter breaks the line, or the other way round. While a message is edited the
 * field holds its text, which is a draft of its own; Escape goes back to the one before, and takes back what is answered
 * (composer-subject.js).
 */

import "./attachment-tray.js";
import "./mention-picker.js";
import { ComposerSubject } from "./composer-subject.js";
import { recall } from "./device-memory.js";
import { isolate } from "./labels.js";
import { areMeant } from "./pasted-files.js";
import { previewText } from "./previews.js";
import { BODY_CHARACTERS, countCharacters } from "./protocol.js";
import { countdown } from "./slow-line.js";

const COUNT_FROM = BODY_CHARACTERS - 500;
const TYPING_MS = 5_000;
const NOT_KEPT = "This browser could not keep the message. Free some space, then send it again.";
const ENTER_KEY = "parley.enter"; // "breaks": Enter breaks the line and Ctrl-Enter or Shift-Enter sends
const INVISIBLE = /[\s\p{C}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u3164\ufe00-\ufe0f\uffa0]/gu;

export class MessageComposer extends HTMLElement {
  #app = null;
  #id = null;
  #typedAt = -TYPING_MS;
  #typedBefore = null;
  #leaving = new Map(); // conversation → the text that left the field and is not kept by the outbox yet
  lastOwn = () => null;

  connect(app) {
    this.#app = app;
    this.piece = (name) => this.querySelector(`[data-part="${name}"]`);
    this.subject = new ComposerSubject(app.me, this.piece);
    this.piece("about-leave").addEventListener("click", () => this.#leaveSubject());
    this.form = this.querySelector("form.compose");
    this.field = this.form.elements.body;
    this.#typedBefore = this.field.value === this.field.defaultValue ? null : this.field.value;
    this.picker = document.createElement("mention-picker");
    this.form.before(this.picker);
    this.picker.connect(app, this.field);
    this.count = this.querySelector('[data-part="count"]');
    this.errors = this.querySelector('[data-part="errors"]');
    this.slow = this.querySelector("slow-line");
    this.slow.connect(app);
    this.slow.addEventListener("free", () => this.errors.dataset.about === "slow" && this.#say(""));
    this.#connectTray();
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    this.field.addEventListener("input", () => {
      this.#onInput();
      this.#typedAt = performance.now();
      if (this.#hasText()) this.#app.sync.type(this.#id);
    });
    app.store.subscribe(({ type, conversation_id }) => type === "draft.changed" && conversation_id === this.#id && this.#onDraft());
    // The button must not take the focus: on a phone the keyboard would go.
    this.form.querySelector(".send").addEventListener("pointerdown", (event) => event.preventDefault());
    // A click beside the words of the field is meant for it.
    this.form.addEventListener("click", (event) => event.target === this.form && this.field.focus());
  }

  #connectTray() {
    this.tray = this.querySelector("attachment-tray");
    this.tray.connect({ say: (text) => this.#say(text), changed: () => this.#markEmpty() });
    for (const [button, picker] of [["attach", "files"], ["camera", "shot"]]) {
      const input = this.piece(picker);
      this.piece(button).hidden = false;
      this.piece(button).addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        this.attach([...input.files]);
        input.value = "";
      });
    }
    this.field.addEventListener("paste", (event) => this.#onPaste(event));
  }

  #onPaste(event) {
    const { files } = event.clipboardData;
    if (!areMeant(files, event.clipboardData.getData("text/plain"))) return;
    event.preventDefault();
    this.attach([...files]);
  }

  /** The next message takes these files along. */
  async attach(files) {
    if (!files.length || !this.#id || this.form.hidden) return;
    if (this.subject.edited) this.#leaveEdit();
    this.#say("");
    await this.tray.add(files);
    this.focusField();
  }

  /** `mayPost`: whether one may write there, or only read. */
  show(id, name, mayPost) {
    if (this.#id !== id) {
      this.#id = id;
      this.tray.show(id);
      this.subject.show(id);
      this.#showDraft();
      const left = this.subject.leftEdit();
      if (left) this.#enterEdit(left, left.text);
    }
    this.picker.show(id);
    this.slow.show(id);
    this.field.placeholder = this.querySelector("label").textContent = `Message ${isolate(name)}`;
    this.#open(mayPost);
  }

  /** What was typed stays a draft. Who was typing keeps a place for the keys. */
  #open(mayPost) {
    if (mayPost !== this.form.hidden) return;
    const wasTyping = document.activeElement === this.field;
    this.form.hidden = !mayPost;
    this.piece("closed").hidden = mayPost;
    if (!mayPost && this.subject.edited) this.#leaveEdit();
    if (!mayPost) this.subject.answer(null);
    if (wasTyping) this.piece("closed").focus({ preventScroll: true });
  }

  focusField() { this.field.focus({ preventScroll: true }); }

  /** Puts the text of a message of one's own into the field, to be changed. */
  edit({ seq, key, body, file }) {
    this.#enterEdit({ seq, ...this.#named(key), body, file }, body);
    this.focusField();
    this.field.setSelectionRange(body.length, body.length);
  }

  /** What is sent next answers this message of `name`. */
  reply({ seq, key, body, html, file }, name) {
    if (this.subject.edited) this.#leaveEdit();
    this.subject.answer({ seq, ...this.#named(key), name, body: previewText({ body, html, file }) });
    this.focusField();
  }

  /** Which message a number means: after a restore it may be another's. */
  #named(about) { return { about, epoch: this.#app.store.epoch ?? 0 }; }

  #leaveSubject() {
    if (this.subject.edited) return this.#leaveEdit();
    this.subject.answer(null);
    return this.focusField();
  }

  #enterEdit(message, text) {
    this.subject.edit(message);
    this.field.value = text;
    this.#onInput();
    this.#nameButton();
  }

  /** What is typed next is a new message; the draft that was there before comes back. */
  #leaveEdit() {
    this.subject.endEdit();
    this.#showDraft();
    this.focusField();
  }

  #nameButton() {
    this.form.querySelector(".send").setAttribute("aria-label", this.subject.edited ? "Save" : "Send");
  }

  #showDraft() {
    this.field.value = this.#draft();
    this.#say("");
    this.#onInput();
    this.#nameButton();
  }

  /** What was typed before the script came is newer than what the page came with. */
  #draft() {
    const typed = this.#typedBefore;
    this.#typedBefore = null;
    if (typed !== null) return typed;
    const known = this.#app.drafts.known(this.#id) ?? (this.form.action.includes(this.#id) ? this.field.defaultValue : "");
    return known === this.#leaving.get(this.#id) ? "" : known;
  }

  #onInput() {
    if (this.subject.edited) this.subject.keepEdit(this.field.value);
    else this.#app.drafts.write(this.#id, this.field.value);
    const length = countCharacters(this.field.value);
    this.count.hidden = length < COUNT_FROM;
    this.count.textContent = String(BODY_CHARACTERS - length);
    this.count.classList.toggle("over", length > BODY_CHARACTERS);
    this.#markEmpty();
    if (length <= BODY_CHARACTERS) this.#say("");
    if (!CSS.supports("field-sizing", "content")) this.#grow();
  }

  #markEmpty() {
    this.form.classList.toggle("empty", !this.#hasText() && this.tray.isEmpty);
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  /** The same draft elsewhere. What is being typed here stays, and is the newest. */
  #onDraft() {
    const text = this.#app.drafts.text(this.#id);
    if (this.subject.edited || text === this.field.value) return;
    const isTyped = document.activeElement === this.field && performance.now() - this.#typedAt < TYPING_MS;
    if (!isTyped) this.field.value = text;
    this.#onInput();
  }

  #onKey(event) {
    if (this.picker.takesKey(event)) return undefined;
    if (event.key === "Escape" && (this.subject.edited || this.subject.answered) && !event.isComposing) return this.#onEscape(event);
    if (event.key === "ArrowUp" && !this.field.value && !event.isComposing && !event.altKey) return this.#editLast(event);
    return this.#onEnter(event);
  }

  #onEscape(event) {
    event.preventDefault();
    event.stopPropagation();
    this.#leaveSubject();
  }

  #editLast(event) {
    const item = this.subject.edited ? null : this.lastOwn();
    if (!item) return;
    event.preventDefault();
    this.edit(item);
  }

  #onEnter(event) {
    // keyCode 229: Safari ends the composition before it tells of the Enter that ended it.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const reversed = recall(ENTER_KEY) === "breaks";
    const modified = event.shiftKey || event.ctrlKey || event.metaKey;
    const sends = reversed ? modified : !modified || event.ctrlKey || event.metaKey;
    if (!sends || event.altKey) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #hasText() {
    return this.field.value.replace(INVISIBLE, "") !== "";
  }

  async #onSubmit(event) {
    event.preventDefault();
    const body = this.field.value;
    const over = countCharacters(body) - BODY_CHARACTERS;
    if (over > 0) return this.#say(`${over} character${over === 1 ? "" : "s"} too many. Shorten it, or send it in parts.`);
    const text = this.#hasText() ? body.replace(/^\n+|\s+$/g, "") : "";
    const { edited } = this.subject;
    if (edited) return text || edited.file ? this.#handEdit(this.#id, edited, text) : this.focusField();
    if (!text && this.tray.isEmpty) return this.focusField();
    return this.slow.wait ? this.#sayWait(this.slow.wait) : this.#hand(this.#id, text);
  }

  /** The words stay in the field. How long it takes is seen in the line that counts, and heard once. */
  #sayWait(wait) {
    this.#say(`Not yet: in slow mode you can send this in ${countdown(wait)}.`);
    this.errors.dataset.about = "slow";
    this.errors.classList.add("visually-hidden");
    this.slow.classList.add("refused");
  }

  /** The field keeps it until the outbox does, wherever its writer goes meanwhile. */
  async #handEdit(id, edited, text) {
    try {
      if (text !== edited.body) await this.#app.outbox.add(id, { type: "message.edit", target: edited.seq, about: edited.about, epoch: edited.epoch, body: text });
    } catch {
      return this.#say(NOT_KEPT);
    }
    const now = this.#id === id ? this.subject.edited : null;
    if (now?.seq === edited.seq) return this.#leaveEdit();
    return now ? undefined : this.subject.forgetEdit(id); // it may be of another message by now
  }

  /** The field is emptied at once, so that the next message can be typed, and filled again should the keeping fail. */
  async #hand(id, body) {
    const { answered } = this.subject;
    const messages = split({ body, reply_to: answered?.seq, about: answered?.about, epoch: answered?.epoch }, this.tray.take());
    const left = this.field.value;
    this.#leaving.set(id, left);
    this.field.value = "";
    const kept = this.#keep(id, messages);
    this.subject.answer(null);
    this.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
    const isKept = await kept.then(() => true, () => false);
    this.#leaving.delete(id);
    if (!isKept) this.#takeBack(id, messages, answered);
    else if (this.#writesIn(id)) this.#onInput();
    else if (this.#app.drafts.text(id) === left) this.#app.drafts.write(id, "");
  }

  /** What is in the field is a new message there. */
  #writesIn(id) { return this.#id === id && !this.subject.edited; }

  /** Takes out of `messages` what the outbox has. */
  async #keep(id, messages) {
    for (; messages.length; messages.shift()) await this.#app.outbox.add(id, { type: "message.send", ...messages[0] });
  }

  /** What the outbox could not keep, and that alone, is here again. */
  #takeBack(id, messages, answered) {
    const [{ body, reply_to }] = messages;
    this.tray.add(messages.flatMap(({ blob }) => blob ?? []), id);
    if (this.#writesIn(id)) {
      if (reply_to) this.subject.answer(answered);
      this.field.value = [body, this.field.value].filter(Boolean).join("\n");
      this.#onInput();
    } else if (!body) this.#app.drafts.write(id, "");
    this.#say(NOT_KEPT);
  }

  #say(text) {
    delete this.errors.dataset.about;
    this.errors.classList.remove("visually-hidden");
    this.slow.classList.remove("refused");
    this.errors.hidden = !text;
    this.errors.textContent = text;
    if (text) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }
}

/** The words go with the first of several files. */
const split = (said, [first = {}, ...others]) => [{ ...said, ...first }, ...others.map((file) => ({ body: "", ...file }))];

customElements.define("message-composer", MessageComposer);
