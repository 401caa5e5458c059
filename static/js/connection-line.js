/** <connection-line>: one calm line that says what is wrong with the connection and what happens next. */

const QUIET_MS = 1500; // a hiccup is not worth a word

export class ConnectionLine extends HTMLElement {
  #app = null;
  #timer = null;
  #shown = false;

  connect(app) {
    this.#app = app;
    this.setAttribute("role", "status");
    this.text = document.createElement("span");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = "Try now";
    this.button.addEventListener("click", () => app.socket.retryNow());
    this.append(this.text, this.button);
    app.socket.addEventListener("state", () => this.#onState());
    app.outbox.addEventListener("change", () => this.#shown && this.#draw());
    this.#onState();
  }

  #onState() {
    if (this.#app.socket.isOpen) {
      clearTimeout(this.#timer);
      this.#timer = null;
      this.#shown = false;
      this.hidden = true;
      return;
    }
    if (this.#app.socket.state === "offline") this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), QUIET_MS);
    if (this.#shown) this.#draw();
  }

  #show() {
    this.#shown = true;
    this.#draw();
  }

  #draw() {
    const { socket, outbox } = this.#app;
    this.hidden = false;
    const words = lines[socket.state]?.(socket) ?? "Connecting…";
    const waiting = outbox.list.filter((entry) => entry.state === "waiting").length;
    const kept = outbox.isDurable ? "" : " Keep this page open: this browser keeps nothing.";
    const queue = waiting ? ` ${waiting === 1 ? "One message waits" : `${waiting} messages wait`} and will be sent then.${kept}` : "";
    const text = words + queue;
    if (this.text.textContent !== text) this.text.textContent = text;
    this.button.hidden = socket.state !== "waiting";
  }
}

const lines = {
  connecting: ({ restarting }) => (restarting ? "The server is restarting. Connecting…" : "Connecting…"),
  waiting: ({ restarting }) => `${restarting ? "The server is restarting." : "No connection to the server."} Trying again by itself.`,
  offline: () => "You are offline. Parley connects when you are back.",
  signed_out: () => "You are signed out.",
  other_user: () => "You are signed in as somebody else.",
  stopped: () => "Disconnected. Reload the page to connect again.",
};

customElements.define("connection-line", ConnectionLine);
