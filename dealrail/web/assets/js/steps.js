// A menu closes once something in it was chosen; what was chosen opens as a dialog above the page.
document.addEventListener("click", ({ target }) => {
  target.closest("details.menu a[hx-get]")?.closest("details").removeAttribute("open");
});
