// The bell: its panel is fetched when it opens, and the number on it is asked for again every minute.
import htmx from "./htmx.js";

const bell = document.querySelector("[data-bell]");
const EVERY = 60_000;

bell?.addEventListener("toggle", () => {
  if (bell.open) htmx.ajax("GET", bell.dataset.bell, { target: "#bell-panel", swap: "innerHTML" });
});

// A form in the panel is swapped in place, so the panel stays open.
if (bell) {
  setInterval(() => {
    if (!document.hidden) htmx.ajax("GET", bell.dataset.bellCount, { target: "#bell-count", swap: "outerHTML" });
  }, EVERY);
}
