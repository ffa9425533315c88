// Dialogs. <dialog data-open> opens as soon as it stands in the page (so a server answer can bring one);
// [data-dialog="id"] opens one that is there; [data-close] closes the one around it. What was typed into one is not
// thrown away without asking; forms of one data-draft share what was typed.
const FIRST = ["[autofocus]", "[aria-invalid=true]", "[data-at] :is(input, select, textarea)", "[type=radio]:checked", "[data-unmet] :is(input, select, textarea)", "[data-unmet] a"];
const FIELDS = "input:not([type=hidden]), textarea, select";

export function show(dialog) {
  if (dialog.open) return;
  // Without JavaScript the server's answer shows it as a plain block; the open attribute is ours from here on.
  dialog.showModal();
  if (isSheet(dialog) && !history.state?.sheet) enter();
  dialog.querySelectorAll("form[data-draft]").forEach(takeOver);
  const first = FIRST.map((kind) => dialog.querySelector(kind)).find(Boolean);
  first?.focus();
}

// A dialog that the server brought stands in the history, so that Back closes it as Esc does, and not the page.
const isSheet = (dialog) => Boolean(dialog.closest("#slot"));
const openSheet = () => document.querySelector("#slot dialog[open]");

const SHEET = { sheet: true, htmx: true };
let isOnSheet = Boolean(history.state?.sheet);
let address = location.href;
let isStepping = false;

// HTMX fetches a page anew when one goes back to it: not for closing a sheet on it. It listens to the navigation
// where a browser tells of it, and to `popstate` elsewhere; a listener that captures hears of either before it does.
window.navigation?.addEventListener("navigate", (event) => {
  const isOurs = event.navigationType === "traverse" && history.state?.sheet && event.destination.url === location.href;
  if (isOurs) event.stopImmediatePropagation();
}, true);

function enter() {
  history.pushState(SHEET, "");
  address = location.href;
  isOnSheet = true;
}

// Its place in the history goes with it; going back takes a moment, in which another one may be opened.
function stepBack() {
  if (isStepping || !history.state?.sheet || openSheet()) return;
  isStepping = true;
  history.back();
}

window.addEventListener("popstate", (event) => {
  const dialog = openSheet();
  const wasOnSheet = isOnSheet;
  isOnSheet = Boolean(history.state?.sheet);
  if (wasOnSheet && !isOnSheet && location.href === address) event.stopImmediatePropagation();
  if (!dialog || isOnSheet) return void (isStepping = false);
  if (isStepping) {
    isStepping = false;
    return void enter();
  }
  const asked = dialog.querySelector(".dialog-ask");
  if (!asked && (dialog.dataset.discarded || !isWritten(dialog))) return dialog.close();
  enter();
  if (asked) asked.remove();
  else ask(dialog, () => dialog.close());
}, true);

// The deal page has the gate in it; what was typed there goes along into the dialog.
function takeOver(form) {
  const written = [...document.querySelectorAll(`form[data-draft="${form.dataset.draft}"]`)].find((one) => one !== form);
  if (!written || form.closest("[data-typed]")) return;
  for (const field of written.querySelectorAll(FIELDS)) {
    const mine = form.elements.namedItem(field.name);
    if (!mine || !isChanged(field)) continue;
    if (field.type === "file") mine.files = field.files;
    else if (field.type === "checkbox") mine.checked = field.checked;
    else mine.value = field.value;
  }
}

function isChanged(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.type === "radio") return false;
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0;
  return field.value !== field.defaultValue;
}

// A refused form comes back with what was typed as its values.
const isWritten = (dialog) =>
  [...dialog.querySelectorAll(FIELDS)].some(
    (field) => isChanged(field) || (dialog.hasAttribute("data-typed") && field.matches("input:not([type=checkbox], [type=radio]), textarea") && field.value.trim()),
  );

function ask(dialog, go) {
  if (dialog.querySelector(".dialog-ask")) return;
  const question = document.getElementById("ask").content.firstElementChild.cloneNode(true);
  dialog.append(question);
  question.querySelector("[data-keep]").addEventListener("click", () => question.remove());
  question.querySelector("[data-discard]").addEventListener("click", () => {
    dialog.dataset.discarded = "yes";
    go();
  });
  question.querySelector("[data-keep]").focus();
}

// Does it now, or once it is clear that what was typed may go.
function leave(dialog, go) {
  if (dialog.dataset.discarded || !isWritten(dialog)) return go();
  ask(dialog, go);
}

const showWaiting = () => document.querySelectorAll("dialog[data-open]").forEach(show);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    show(document.getElementById(opener.dataset.dialog));
  }
  const dialog = event.target.closest("[data-close]")?.closest("dialog");
  if (!dialog) return;
  event.preventDefault();
  leave(dialog, () => dialog.close());
});

// Esc closes a dialog, or takes back the question whether to.
document.addEventListener("cancel", (event) => {
  const dialog = event.target.closest?.("dialog");
  if (!dialog || dialog.dataset.discarded || !isWritten(dialog)) return;
  event.preventDefault();
  const asked = dialog.querySelector(".dialog-ask");
  if (asked) asked.remove();
  else ask(dialog, () => dialog.close());
}, true);

// A link out of a dialog, such as to a waiver, would take its place.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("dialog a[href]");
  const dialog = link?.closest("dialog");
  if (!dialog || dialog.dataset.discarded || !isWritten(dialog)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(dialog, () => link.click());
}, true);

// A closed dialog that the server brought must not open again with the next swap.
document.addEventListener("close", ({ target }) => {
  target.removeAttribute?.("data-open");
  // Part of it was done before the rest was refused: the page below shows it only when it is fetched again.
  if (target.hasAttribute?.("data-stale")) location.reload();
  else if (target.matches?.("#slot dialog")) stepBack();
}, true);
document.addEventListener("htmx:after:swap", () => {
  showWaiting();
  stepBack();
});
showWaiting();
stepBack();
