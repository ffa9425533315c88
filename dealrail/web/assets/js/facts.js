// Facts of a deal changed where they stand: Esc leaves one as it was; a saved one brings the checklist beside it anew.
import htmx from "./htmx.js";

document.addEventListener("keydown", (event) => {
  const form = event.key === "Escape" && event.target.closest?.("form[data-fact]");
  if (form) form.querySelector("[data-leave]").click();
});

// The field that a press brought gets the focus; once it is gone, the pencil it came from.
document.addEventListener("htmx:after:swap", () => {
  const field = document.querySelector("form[data-fact] :is(input:not([type=hidden]), select, textarea)");
  if (field && !document.querySelector("dialog[open]") && !field.closest("form").contains(document.activeElement)) field.focus();
});

const isTouched = (form) =>
  [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue);

document.addEventListener("fact-saved", (event) => {
  // Every form of the page was made for the version before.
  document.querySelectorAll("input[name=seen]").forEach((input) => (input.value = event.detail.version));
  event.target.querySelector?.(".fact-edit")?.focus();
  const list = document.getElementById("checklist");
  const form = list?.querySelector("form.gate");
  if (form && !isTouched(form)) htmx.ajax("GET", list.dataset.url, { target: "#checklist", swap: "outerHTML" });
  reload();
});

// Parts that show what was just written, such as a timeline, are brought anew.
function reload() {
  const parts = document.querySelectorAll("[data-reload]");
  parts.forEach((part) => htmx.ajax("GET", part.dataset.reload, { target: `#${part.id}`, swap: "outerHTML" }));
  return parts.length;
}

document.addEventListener("commented", () => reload() || location.reload());
