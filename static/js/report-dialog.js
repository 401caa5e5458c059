/** Reporting a message, and the notice that it is reported; messaging/reports_views.py does the same without a script. */

import { element } from "./faces.js";
import { isolate } from "./labels.js";
import { dialog, words } from "./message-dialogs.js";
import { ask } from "./rest.js";

const REASON_CHARACTERS = 500;

const whoSees = ({ kind, name }) =>
  kind === "direct" ? "Only this site's administrators see it." : `The owner and the admins of ${isolate(name)} see it without your name, and this site's administrators with it.`;

/** The focus goes back to `row` in the end. */
export function showReport(conversation, item, row) {
  const form = element("form");
  const made = dialog("Report this message", form);
  const status = Object.assign(element("p", "quiet"), { role: "status" });
  form.append(words(item), element("p", "quiet small", `The report keeps the message as it is now. ${whoSees(conversation)} Its author is not told.`), reason(), status, buttons(made));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(conversation.id, item.seq, form, made, status);
  });
  made.addEventListener("close", () => row.focus({ preventScroll: true }));
  form.elements.reason.focus();
}

function reason() {
  const field = element("div", "field");
  const label = Object.assign(element("label", "", "What is wrong with it "), { htmlFor: "report-reason" });
  const text = Object.assign(element("textarea"), { id: "report-reason", name: "reason", rows: 3, maxLength: REASON_CHARACTERS, dir: "auto" });
  label.append(element("span", "optional", "(optional)"));
  field.append(label, text);
  return field;
}

function buttons(made) {
  const row = element("div", "buttons");
  const cancel = Object.assign(element("button", "button plain", "Cancel"), { type: "button" });
  cancel.addEventListener("click", () => made.close());
  row.append(element("button", "button danger", "Report"), cancel);
  return row;
}

async function send(id, seq, form, made, status) {
  const button = form.querySelector(".danger");
  button.disabled = true;
  status.textContent = "";
  try {
    await ask(`/conversations/${id}/messages/${seq}/report`, { method: "POST", body: { reason: form.elements.reason.value } });
    confirm(form, made);
  } catch (error) {
    status.textContent = error.message;
    button.disabled = false;
  }
}

function confirm(form, made) {
  const done = Object.assign(element("button", "button", "Close"), { type: "button" });
  done.addEventListener("click", () => made.close());
  const row = element("div", "buttons");
  row.append(done);
  const notice = Object.assign(element("p", "", "Thank you: the message is reported."), { role: "status" });
  form.replaceChildren(notice, row);
  done.focus();
}
