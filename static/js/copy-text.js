// <copy-text> around a read-only field adds a button that copies it. Without scripts one selects and copies by hand.
const SAID_FOR_MS = 2000;

class CopyText extends HTMLElement {
  connectedCallback() {
    if (this.button || !navigator.clipboard) return;
    this.input = this.querySelector("input");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button plain";
    this.button.textContent = "Copy";
    this.said = document.createElement("span");
    this.said.className = "visually-hidden";
    this.said.setAttribute("role", "status");
    this.button.addEventListener("click", () => this.copy());
    this.append(this.button, this.said);
  }

  async copy() {
    const isCopied = await navigator.clipboard.writeText(this.input.value).then(() => true, () => false);
    if (!isCopied) this.input.select();
    this.button.textContent = this.said.textContent = isCopied ? "Copied" : "Copy it by hand";
    setTimeout(() => (this.button.textContent = "Copy"), SAID_FOR_MS);
  }
}

customElements.define("copy-text", CopyText);
