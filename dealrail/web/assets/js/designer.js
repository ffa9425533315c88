// The designer: a stage or a condition is dragged to its place, Ctrl-Z undoes and Ctrl-Shift-Z redoes in the draft, and
// what was typed and not saved isn't left without asking. Without it arrows move it and buttons undo.
const isTyping = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select");

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  const isRedo = key === "y" || (key === "z" && event.shiftKey);
  if (key !== "z" && key !== "y") return;
  const button = document.querySelector(`[data-draft-${isRedo ? "redo" : "undo"}] button:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

const rowOf = (target) => target.closest?.("[data-stage-row]");
const rows = (row) => [...row.parentElement.querySelectorAll("[data-stage-row]")];
let dragged = null;
// Where the dragged one may be dropped: on another row of its own list.
const place = (target) => {
  const row = rowOf(target);
  return dragged && row && row !== dragged && row.parentElement === dragged.parentElement ? row : null;
};

// Dropped on a row, the dragged one takes its place.
function drop(row) {
  const form = dragged.querySelector("form");
  form.elements.place.disabled = false;
  form.elements.place.value = rows(row).indexOf(row);
  form.requestSubmit();
  form.elements.place.disabled = true; // for who stays, having been asked whether to leave
}

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event.target) ?? null;
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragend", () => {
  if (dragged) rows(dragged).forEach((one) => one.classList.remove("is-drop-target"));
  dragged = null;
});
document.addEventListener("dragover", (event) => {
  if (!dragged) return;
  const over = place(event.target);
  rows(dragged).forEach((one) => one.classList.toggle("is-drop-target", one === over));
  if (over) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const row = place(event.target);
  if (!row) return;
  event.preventDefault();
  drop(row);
});

// Leaving a form that was changed asks first, unless it is being saved; asking for another control doesn't save it, nor
// does another form, such as the arrows of a row.
const forms = () => [...document.querySelectorAll("form[data-unsaved]")];
let isSaving = false;
const isChanged = (one) => {
  if (one.matches("[type=checkbox], [type=radio]")) return one.checked !== one.defaultChecked;
  if (one.matches("select")) return chosen(one) !== preset(one);
  return one.matches("input:not([type=hidden]), textarea") && one.value !== one.defaultValue;
};
const chosen = (select) => [...select.options].map((option) => option.selected).join();
// A select that names no choice shows its first one.
const preset = (select) => {
  const named = [...select.options].map((option) => option.defaultSelected);
  if (!named.includes(true) && !select.multiple) named[0] = true;
  return named.join();
};
const isWritten = (form) => form.hasAttribute("data-typed") || [...form.elements].some(isChanged);

document.addEventListener("submit", (event) => {
  const others = forms().filter((form) => form !== event.target);
  isSaving = !["look", "drop", "steps", "order"].includes(event.submitter?.name) && !others.some(isWritten);
}, true);
document.addEventListener("htmx:after:swap", () => (isSaving = false));
window.addEventListener("beforeunload", (event) => {
  if (!isSaving && forms().some(isWritten)) event.preventDefault();
});
