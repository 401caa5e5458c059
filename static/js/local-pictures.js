/**
 * Pictures that this page has sent itself, by the key of their message: shown from here while they are on their way and
 * afterwards, so that nothing is fetched or drawn anew. The latest MOST of them.
 */

const MOST = 40;

const addresses = new Map(); // key → blob: address

export function localPicture(key, blob = null) {
  if (!addresses.has(key) && blob) {
    addresses.set(key, URL.createObjectURL(blob));
    if (addresses.size > MOST) forget(addresses.keys().next().value);
  }
  return addresses.get(key) ?? null;
}

function forget(key) {
  URL.revokeObjectURL(addresses.get(key));
  addresses.delete(key);
}

/** The upright size of a picture, or null when this browser cannot read it. */
export async function measure(blob) {
  const address = URL.createObjectURL(blob);
  try {
    const image = Object.assign(new Image(), { src: address });
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}
