// Menus are <details class="menu">: one is open at a time, Escape and a press elsewhere close it.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    event.stopPropagation(); // it closes one thing
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
