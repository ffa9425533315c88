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
  // Going back, a browser ticks again what was ticked, after this has run.
  addEventListener("pageshow", tell);
}

// The forms about a list: a changed field asks the server for its control, arrows move a column, a named period
// leaves no room for a day.
let lookedAt = "";
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-look]") && asksForAnother(target)) {
    lookedAt = target.id;
    target.form.requestSubmit(target.form.querySelector("[name=look]"));
  } else if (target.matches?.("[data-period]")) fitDay(target);
});

// Only some comparisons ask for another control; what was typed stays with the others.
const SHAPES = { between: "two", in: "several", not_in: "several", is_empty: "none", is_not_empty: "none" };
const shownFor = (select) => ([...select.options].find((option) => option.defaultSelected) ?? select.options[0]).value;
const asksForAnother = (select) =>
  !select.name.startsWith("op-") || SHAPES[shownFor(select)] !== SHAPES[select.value];

// On a slow machine somebody may choose before this script is there.
document.addEventListener("DOMContentLoaded", () => {
  const chosen = [...document.querySelectorAll("[data-look]")].find((select) => select.value !== shownFor(select));
  chosen?.dispatchEvent(new Event("change", { bubbles: true }));
});

const fitDay = (period) => {
  period.nextElementSibling.hidden = period.value !== "";
  if (period.value) period.nextElementSibling.value = "";
};

document.addEventListener("htmx:after:swap", () => {
  document.querySelectorAll("[data-period]").forEach(fitDay);
  if (lookedAt) (document.getElementById(lookedAt) ?? document.getElementById("field-new"))?.focus();
  lookedAt = "";
});
document.querySelectorAll("[data-period]").forEach(fitDay);

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-up], [data-down]");
  const row = button?.closest("[data-order] > li");
  if (!row) return;
  event.preventDefault();
  if (button.matches("[data-up]")) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
});
