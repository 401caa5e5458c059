/** The DOM of a file in the timeline: a picture in a place of its final size, or a row with name, size and download. */

import { boxOf, sizeWords, spokenFile } from "./attachments.js";
import { element, icon } from "./faces.js";
import { localPicture } from "./local-pictures.js";
import { isPicture } from "./previews.js";

const addressOf = ({ seq }, id, what) => `/c/${id}/${seq}/${what}`;

/** `id` is the conversation's. Unsent files lead nowhere yet. */
export function attachment(item, id) {
  const made = isPicture(item.file) ? picture(item, id) : row(item, id);
  made.dataset.attachment = [item.file.name, item.seq ? addressOf(item, id, "file") : "", made.querySelector("img")?.src].join();
  return made;
}

function link(item, id, className) {
  if (!item.seq) return element("span", className);
  return Object.assign(element("a", className), { href: addressOf(item, id, "file") });
}

function picture(item, id) {
  const made = link(item, id, "picture");
  const { width, height } = boxOf(item.file);
  const image = element("img");
  const src = localPicture(item.key, item.blob) ?? (item.seq ? addressOf(item, id, "thumbnail") : "");
  Object.assign(image, { width, height, alt: item.body || spokenFile(item.file), decoding: "async", loading: "lazy", src });
  made.append(image);
  return made;
}

function row(item, id) {
  const made = link(item, id, "attached");
  if (item.seq) made.download = item.file.name;
  const name = Object.assign(element("b", "", item.file.name), { dir: "auto" });
  made.append(icon("file"), name, element("span", "", sizeWords(item.file.size)));
  if (item.seq) made.append(icon("download"), element("span", "visually-hidden", "Download"));
  return made;
}

/** How far an upload is. */
export function uploadMark(share) {
  const made = element("div", "mark upload");
  const bar = Object.assign(element("progress"), { max: 1, value: share });
  bar.setAttribute("aria-label", "Sending the file");
  const cancel = Object.assign(element("button", "", "Cancel"), { type: "button" });
  cancel.dataset.action = "discard";
  made.append(bar, element("span", "upload-words", shareWords(share)), cancel);
  return made;
}

export const shareWords = (share) => `${Math.floor(share * 100)} %`;

/** In place, many times a second perhaps. */
export function showShare(row, share) {
  const bar = row.querySelector("progress");
  if (!bar) return;
  bar.value = share;
  row.querySelector(".upload-words").textContent = shareWords(share);
}
