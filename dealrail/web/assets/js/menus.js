// Menus are <details class="menu">: they work without JavaScript; here they also close as people expect.
const others = (kept) =>
  document.querySelectorAll("details.menu[open]").forEach((menu) => menu !== kept && menu.removeAttribute("open"));

document.addEventListener("click", (event) => others(event.target.closest("details.menu")));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  others(null);
  menu?.querySelector("summary")?.focus();
});
