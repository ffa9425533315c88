// Rows of a form whose order counts: dragged by their handle, or moved by their buttons, before the form is saved.
// Without it the buttons send the form, which comes back with the row at its new place.
let carried = null;
let home = null;

function say(row) {
  const said = row.closest("fieldset")?.querySelector("[data-order-said]");
  const all = [...row.parentElement.children];
  const words = { name: row.dataset.name, place: all.indexOf(row) + 1, count: all.length };
  if (said) said.textContent = said.dataset.words.replace(/\{(\w+)\}/g, (_, key) => words[key]);
}

// What was put in order is not saved yet: leaving asks first.
function reordered(row) {
  for (const [before, one] of [...row.parentElement.children].entries()) {
    const place = one.querySelector("[data-order-place]");
    if (place) place.textContent = before + 1;
  }
  row.closest("form")?.setAttribute("data-typed", "");
  say(row);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-order-row] button[name=order]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("[data-order-row]");
  const isUp = button.value.endsWith(":up");
  const other = isUp ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (isUp) other.before(row);
  else other.after(row);
  // At the end of the way its button is gone, and the other one takes the focus.
  button.focus();
  if (document.activeElement !== button) row.querySelector(isUp ? ".order-down" : ".order-up")?.focus();
  reordered(row);
});

document.addEventListener("dragstart", (event) => {
  carried = event.target.closest?.("[data-order-handle]")?.closest("[data-order-row]") ?? null;
  if (!carried) return;
  home = carried.nextElementSibling;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  event.dataTransfer.setDragImage(carried, 0, 0);
});

document.addEventListener("dragover", (event) => {
  const row = event.target.closest?.("[data-order-row]");
  if (!carried || !row || row.parentElement !== carried.parentElement) return;
  event.preventDefault();
  if (row === carried) return;
  const { top, height } = row.getBoundingClientRect();
  if (event.clientY < top + height / 2) row.before(carried);
  else row.after(carried);
});

document.addEventListener("drop", (event) => carried && event.preventDefault());

document.addEventListener("dragend", (event) => {
  if (!carried) return;
  if (event.dataTransfer.dropEffect === "none") carried.parentElement.insertBefore(carried, home);
  else reordered(carried);
  carried = null;
});
