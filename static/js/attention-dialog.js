/** How much of a conversation one wants to hear; messaging/attention_views.py does the same without a script. */

import { element } from "./faces.js";
import { isolate } from "./labels.js";
import { dialog } from "./message-dialogs.js";
import { ask } from "./rest.js";
import { AMOUNTS, setSpokenAmount, spokenAmount } from "./spoken-amount.js";
import { clockTime, dayName } from "./times.js";

const LEVELS = { all: "All messages", mentions: "Only mentions of me", nothing: "Nothing" };
const MORNING_HOUR = 8;
const HOUR_MS = 3_600_000;
const HINT = "Nobody else sees this. Messages come as ever and count as unread; they make no sound, no notification and no number in the title.";

/** "Muted until 18:42", "Only mentions of me". */
export function attentionWords({ level, is_muted, muted_until }) {
  if (!is_muted) return LEVELS[level];
  return muted_until ? `Muted until ${momentWords(muted_until)}` : "Muted";
}

const momentWords = (iso) => (dayName(iso) === "Today" ? clockTime(iso) : `${dayName(iso)}, ${clockTime(iso)}`);

function tomorrow() {
  const made = new Date();
  made.setDate(made.getDate() + 1);
  made.setHours(MORNING_HOUR, 0, 0, 0);
  return made;
}

const MUTES = [
  ["For an hour", () => new Date(Date.now() + HOUR_MS).toISOString()],
  ["Until tomorrow", () => tomorrow().toISOString()],
  ["Until I unmute it", () => null],
];

export function showAttention({ store }, id) {
  const status = element("p", "quiet");
  status.setAttribute("role", "status");
  const levels = element("fieldset", "field");
  levels.append(element("legend", "", "Hear of"));
  let pressed = null; // a level that is not answered yet: the store still tells the one before
  const change = async (asked) => {
    pressed = asked.level ?? pressed;
    const error = await keep(store, id, asked).then(() => null, (refusal) => refusal);
    if (asked.level === pressed) pressed = null;
    draw();
    if (error) status.textContent = error.message;
  };
  for (const [level, words] of Object.entries(LEVELS)) levels.append(choice("attention-level", level, words, () => change({ level })));
  const mutes = element("div", "buttons");
  const unmute = button("button", "Unmute", () => change({ is_muted: false }));
  mutes.append(unmute, ...MUTES.map(([words, until]) => button("button plain", words, () => change({ is_muted: true, muted_until: until() }))));
  const heading = element("h3", "", "Mute");
  const made = dialog(`Notifications of ${isolate(store.get(id).name)}`, levels, heading, status, mutes, element("p", "quiet small", HINT), spokenChoices(id));
  const draw = () => {
    const attention = store.get(id)?.attention;
    if (!attention) return made.close();
    for (const box of levels.querySelectorAll("input")) box.checked = box.value === (pressed ?? attention.level);
    status.textContent = attention.is_muted ? attentionWords(attention) : "";
    if (!attention.is_muted && document.activeElement === unmute) mutes.children[1].focus();
    unmute.hidden = !attention.is_muted;
    return undefined;
  };
  const stop = store.subscribe(({ conversation_id }) => (conversation_id === id || conversation_id === null) && draw());
  made.addEventListener("close", stop);
  draw();
}

async function keep(store, id, asked) {
  const attention = await ask(`/conversations/${id}/attention`, { method: "PATCH", body: asked });
  store.apply({ type: "attention.changed", conversation_id: id, attention });
}

/** Of this device alone: another may have no voice. */
function spokenChoices(id) {
  const made = element("fieldset", "field");
  made.append(element("legend", "", "A screen reader says, on this device"));
  for (const [amount, words] of Object.entries(AMOUNTS)) made.append(choice("spoken-amount", amount, words, () => setSpokenAmount(id, amount)));
  made.querySelector(`[value="${spokenAmount(id)}"]`).checked = true;
  return made;
}

function choice(name, value, words, onChoose) {
  const made = element("label", "choice");
  const box = Object.assign(element("input"), { type: "radio", name, value });
  box.addEventListener("change", onChoose);
  made.append(box, element("span", "", words));
  return made;
}

function button(name, words, onPress) {
  const made = Object.assign(element("button", name, words), { type: "button" });
  made.addEventListener("click", onPress);
  return made;
}
