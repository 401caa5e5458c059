/** Which files of a paste are meant as files. Pure. */

const last = (line) => line.split(/[/\\]/).at(-1);

function nameIn(line) {
  if (!line.startsWith("file://")) return last(line);
  try {
    return last(decodeURIComponent(line));
  } catch {
    return last(line);
  }
}

/** File managers add the names or addresses of what is copied, as text; what programs copy as words and as a picture of
 * them is pasted as words. */
export function areMeant(files, text) {
  const names = new Set([...files].map((file) => file.name.normalize("NFC")));
  const lines = text.split(/[\r\n]+/u).map((line) => line.trim()).filter((line) => line && !["copy", "cut"].includes(line));
  return files.length > 0 && lines.every((line) => names.has(nameIn(line).normalize("NFC")));
}
