/**
 * What the composer's field is about when it is not just a new message: a message whose text is changed, or one that is
 * answered. Either is kept on this device per conversation, and told in the line above the field. Knows no field.
 */

import { recallObject, rememberObject } from "./device-memory.js";
import { icon } from "./faces.js";
import { isolate } from "./labels.js";
import { previewText } from "./previews.js";

export class ComposerSubject {
  edited = null; // {seq, about, epoch, body, file}: the message whose text is in the field, and the text it had
  answered = null; // {seq, about, epoch, name, body}: the message that the next one answers
  #id = null;
  #me;
  #piece;

  /** `piece` gives the parts of the line: about, about-title, about-text, about-leave. */
  constructor(me, piece) {
    this.#me = me;
    this.#piece = piece;
  }

  show(id) {
    this.#id = id;
    this.#begin();
  }

  #begin() {
    this.edited = null;
    this.answered = recallObject(this.#answerName());
    this.#draw();
  }

  answer(message) {
    rememberObject(this.#answerName(), message);
    this.answered = message;
    this.#draw();
  }

  edit({ seq, about, epoch, body, file }) {
    this.edited = { seq, about, epoch, body, file };
    this.#draw();
  }

  /** What was left half changed here: as `edited`, with `text`; null when nothing was. */
  leftEdit() { return recallObject(this.#editName(this.#id)); }

  keepEdit(text) { rememberObject(this.#editName(this.#id), text ? { ...this.edited, text } : null); }

  /** What was answered before it is answered again. */
  endEdit() {
    this.forgetEdit(this.#id);
    this.#begin();
  }

  /** It may be another conversation than the one that shows. */
  forgetEdit(id) { rememberObject(this.#editName(id), null); }

  #answerName() { return `parley.reply.${this.#me}.${this.#id}`; }
  #editName(id) { return `parley.edit.${this.#me}.${id}`; }

  #draw() {
    const about = this.edited ?? this.answered;
    this.#piece("about").hidden = !about;
    if (about) this.#describe(about);
  }

  #describe({ body, name, file }) {
    const leave = this.edited ? "Stop editing" : "Do not reply";
    this.#piece("about").querySelector("svg").replaceWith(icon(this.edited ? "pencil" : "reply"));
    this.#piece("about-title").textContent = this.edited ? "Editing" : `Reply to ${isolate(name)}`;
    this.#piece("about-text").textContent = previewText({ body, file });
    this.#piece("about-leave").setAttribute("aria-label", leave);
    this.#piece("about-leave").title = leave;
  }
}
