// The designer: a stage is dragged to its place, Ctrl-Z undoes and Ctrl-Shift-Z redoes in the draft, and what was typed
// and not saved isn't left without asking. Without it arrows move a stage and buttons undo.
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

const list = document.querySelector("[data-stage-rows]");
const rows = () => [...list.querySelectorAll("[data-stage-row]")];
let dragged = null;

// Dropped on a stage, the dragged one takes its place.
function drop(row) {
  const form = dragged.querySelector("form");
  form.elements.place.disabled = false;
  form.elements.place.value = rows().indexOf(row);
  form.requestSubmit();
}

list?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-stage-row]");
  event.dataTransfer.effectAllowed = "move";
});
list?.addEventListener("dragend", () => (dragged = null));
list?.addEventListener("dragover", (event) => {
  const row = event.target.closest("[data-stage-row]");
  rows().forEach((one) => one.classList.toggle("is-drop-target", Boolean(dragged) && one === row && one !== dragged));
  if (dragged) event.preventDefault();
});
list?.addEventListener("drop", (event) => {
  event.preventDefault();
  const row = event.target.closest("[data-stage-row]");
  rows().forEach((one) => one.classList.remove("is-drop-target"));
  if (dragged && row && row !== dragged) drop(row);
});

// Leaving a form that was changed asks first, unless it is being saved; asking for another control doesn't save it.
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
  isSaving = !["look", "drop"].includes(event.submitter?.name);
}, true);
document.addEventListener("htmx:after:swap", () => (isSaving = false));
window.addEventListener("beforeunload", (event) => {
  if (!isSaving && forms().some(isWritten)) event.preventDefault();
});
