// <reveal-password> around a password field adds a button that shows and hides what was typed. Without scripts the field
// is an ordinary one.
class RevealPassword extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    this.input = this.querySelector("input");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.setAttribute("aria-controls", this.input.id);
    this.button.addEventListener("click", () => this.show(this.input.type === "password"));
    this.append(this.button);
    this.show(false);
    // A field sent as text would be offered by the browser's form history.
    this.input.form?.addEventListener("submit", () => this.show(false));
  }

  show(visible) {
    this.input.type = visible ? "text" : "password";
    this.button.textContent = visible ? "Hide" : "Show";
    this.button.setAttribute("aria-label", visible ? "Hide password" : "Show password");
  }
}

customElements.define("reveal-password", RevealPassword);
