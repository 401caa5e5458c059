/**
 * The keys of writes. A socket is told what its keys best begin with ("keys.issued"): counted on from there, nobody need look whether they were stored
 * long ago. Without that they are random; either way a key is one write's for good.
 */

const COUNTED_DIGITS = 12;

export class WriteKeys {
  #prefix = null;
  #count = 0;

  constructor({ socket }) {
    socket.addEventListener("frame", ({ detail }) => {
      if (detail.type === "keys.issued") this.#begin(detail.prefix);
      if (detail.type === "welcome") this.#begin(null);
    });
  }

  next() {
    if (this.#prefix === null) return randomKey();
    this.#count += 1;
    return this.#prefix + this.#count.toString(16).padStart(COUNTED_DIGITS, "0");
  }

  #begin(prefix) {
    this.#prefix = prefix;
    this.#count = 0;
  }
}

/** A random UUID. crypto.randomUUID is missing on plain http in a home network, getRandomValues is not. */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
