// While a new customer is typed, what looks the same is shown below the fields; [data-duplicates] says where to ask.
import htmx from "./htmx.js";

const NAMES = ["name", "code", "credit_code", "phone"];
const AFTER = 400;
let waiting;

function ask(form, place) {
  const typed = new URLSearchParams();
  for (const name of [...NAMES, "but"]) {
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
