// While a new customer or contact is typed, what looks the same is shown below the field that it is about;
// [data-duplicates] says where to ask.
import htmx from "./htmx.js";

const NAMES = ["name", "code", "credit_code", "phone"];
const AFTER = 400;
let waiting;

function ask(form, place) {
  const typed = new URLSearchParams();
  for (const name of [...NAMES, "but", "at"]) {
    const value = form.elements.namedItem(name)?.value ?? place.dataset[name];
    if (value) typed.set(name, value);
  }
  htmx.ajax("GET", `${place.dataset.duplicates}?${typed}`, { source: place, target: place, swap: "innerHTML" });
}

document.addEventListener("input", ({ target }) => {
  const form = target.form;
  const place = form?.querySelector("[data-duplicates]");
  if (!place || !NAMES.includes(target.name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(form, place), AFTER);
});

document.addEventListener("htmx:after:swap", () => {
  for (const place of document.querySelectorAll("[data-duplicates]:has([data-cause])")) {
    const field = place.closest("form").elements.namedItem(place.querySelector("[data-cause]").dataset.cause)?.closest(".field");
    if (field && place.parentElement !== field) field.append(place);
  }
});
