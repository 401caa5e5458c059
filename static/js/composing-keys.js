/**
 * What is typed into an input method (Japanese, Chinese, Korean …) is that method's: Enter takes its word, the arrows
 * choose among its words. So while it composes, no key reaches anything of ours but the field itself.
 */

/** keyCode 229: Safari ends the composition before it sends the key that ended it. */
const isComposing = ({ isComposing: isOpen, keyCode }) => isOpen || keyCode === 229;

for (const type of ["keydown", "keypress", "keyup"]) {
  addEventListener(type, (event) => isComposing(event) && event.stopPropagation(), { capture: true });
}
