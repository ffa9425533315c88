// Lists: one tick for all rows of the page, and how many are ticked. Without scripts each row is ticked by itself.
for (const all of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][name][form="${all.dataset.tickAll}"]`)];
  const count = document.querySelector(`[data-ticked="${all.dataset.tickAll}"]`);
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
    if (count) count.textContent = ticked;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}
