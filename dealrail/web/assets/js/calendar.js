// The calendar: an entry is dragged to another day, or moved with Alt and the arrow keys. The server decides, and the
// days are fetched again, so that a refused entry stands where it was. Without scripts each entry has a form.
import Sortable from "sortablejs";
import htmx from "./htmx.js";
import { say, words } from "./notices.js";
import { post } from "./unsent.js";

const DAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

function begin() {
  for (const list of document.querySelectorAll("[data-calendar] [data-list]")) {
    Sortable.create(list, {
      group: "calendar",
      sort: false,
      draggable: ".cal-entry",
      filter: ".cal-menu, a",
      preventOnFilter: false,
      delay: 150,
      delayOnTouchOnly: true,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      onEnd: ({ item, from, to }) => from !== to && move(item, to.closest("[data-day]").dataset.day),
    });
  }
}

async function move(entry, day) {
  const body = new FormData();
  body.append("day", day);
  let told = { said: words().failed };
  let moved = false;
  try {
    const answer = await post(entry.dataset.plan, body, { "X-CSRFToken": token() });
    moved = answer.ok;
    told = await answer.json().catch(() => told);
  } catch {
    if (!navigator.onLine) told.said = words().offline;
  }
  await htmx.ajax("GET", location.href, { target: "#calendar", select: "#calendar", swap: "outerHTML" });
  if (moved) offerBack(say(told.said, "success"), told);
  else say(told.said, "error");
  document.getElementById(entry.id)?.focus();
}

// The way back to the day it came from, as a form like the server's own.
function offerBack(notice, { undo, way }) {
  if (!way) return;
  const form = document.createElement("form");
  Object.assign(form, { className: "notice-undo", method: "post", action: undo });
  const fields = { csrfmiddlewaretoken: token(), next: location.pathname + location.search, way };
  for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  form.append(Object.assign(document.createElement("button"), { className: "btn btn-sm", textContent: words().undo }));
  notice.append(form);
}

document.addEventListener("keydown", (event) => {
  const entry = event.target.closest?.("[data-plan]");
  if (!entry || !event.altKey || !(event.key in DAYS)) return;
  event.preventDefault();
  const at = entry.closest("[data-day]")?.dataset.day ?? entry.querySelector("[name=day]").value;
  const day = new Date(`${at}T12:00:00`);
  day.setDate(day.getDate() + DAYS[event.key]);
  move(entry, `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`);
});
document.addEventListener("htmx:after:swap", begin);
begin();
