// The search over everything: a combobox whose list the server fills while one types; opened by Ctrl-K, / or the box
// on top, which without JavaScript is a plain form. Records opened lately stand there before anything is typed.
import { show } from "./dialogs.js";
import htmx from "./htmx.js";

const palette = document.getElementById("palette");
const box = document.querySelector("[data-search]");
const input = palette?.querySelector("[role=combobox]");
const place = palette?.querySelector("#palette-found");
const AFTER = 150;
const KEPT = 8;
const RECORD = /^\/(deals|customers)\/\d+\/$/;
let waiting;

export function open(text = "") {
  if (!palette || document.querySelector("dialog[open]")) return;
  input.value = text;
  palette.querySelector("#palette-found").replaceChildren();
  show(palette);
  text ? ask() : remember();
}

const hits = () => [...palette.querySelectorAll("[role=option]")];
const chosen = () => palette.querySelector("[role=option][aria-selected=true]");
const isCurrent = () => (palette.querySelector("[data-asked]")?.dataset.asked ?? "") === input.value.trim();

function choose(hit) {
  chosen()?.setAttribute("aria-selected", "false");
  hit?.setAttribute("aria-selected", "true");
  hit?.scrollIntoView({ block: "nearest" });
  if (hit) input.setAttribute("aria-activedescendant", hit.id);
  else input.removeAttribute("aria-activedescendant");
}

function shown() {
  input.setAttribute("aria-expanded", String(hits().length > 0));
  choose(hits()[0]);
}

function ask() {
  clearTimeout(waiting);
  if (!input.value.trim()) return remember();
  const q = input.value.trim();
  htmx.ajax("GET", `${input.dataset.address}?${new URLSearchParams({ q })}`, { source: input, target: place, swap: "innerHTML" });
}

// What was opened lately is kept in this browser, for this person, until they log out.
const key = () => `dealrail-recent-${palette.dataset.recent}`;

function recent() {
  try {
    return JSON.parse(localStorage.getItem(key())) ?? [];
  } catch {
    return [];
  }
}

function keep() {
  const kind = RECORD.exec(location.pathname)?.[1];
  const name = document.title.split(" · ").slice(0, -1).join(" · ");
  if (!kind || !name || !document.querySelector("main h1")) return;
  const others = recent().filter(({ href }) => href !== location.pathname);
  try {
    localStorage.setItem(key(), JSON.stringify([{ href: location.pathname, kind, name }, ...others].slice(0, KEPT)));
  } catch {
    // A full or forbidden store only means that nothing is remembered.
  }
}

function remember() {
  const opened = recent().filter(({ href }) => href !== location.pathname && RECORD.test(href));
  const from = palette.querySelector(opened.length ? "template[data-past]" : "template[data-none]");
  place.replaceChildren(from.content.cloneNode(true));
  const group = place.querySelector("[role=group]");
  opened.forEach(({ href, kind, name }, number) => {
    const hit = document.createElement("a");
    Object.assign(hit, { href, id: `hit-r${number}`, className: "palette-hit", tabIndex: -1 });
    hit.setAttribute("role", "option");
    hit.setAttribute("aria-selected", "false");
    const words = document.createElement("span");
    words.className = "palette-name";
    words.textContent = name;
    hit.append(palette.querySelector(`template[data-kind="${kind}"]`).content.cloneNode(true), words);
    group.append(hit);
  });
  shown();
}

function pressed(event) {
  const all = hits();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) {
    event.preventDefault();
    choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  }
  // What was found for fewer letters is not what Enter means: then the whole page of the search opens.
  if (event.key === "Enter" && !event.isComposing && chosen() && isCurrent()) {
    event.preventDefault();
    chosen().click();
  }
}

if (palette) {
  keep();
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, AFTER);
  });
  input.addEventListener("keydown", pressed);
  place.addEventListener("pointermove", ({ target }) => {
    const hit = target.closest("[role=option]");
    if (hit && hit !== chosen()) choose(hit);
  });
  // A hit on this very page only moves within it.
  place.addEventListener("click", ({ target }) => target.closest("[role=option]") && palette.close());
  palette.addEventListener("click", ({ target }) => target === palette && palette.close());
  document.addEventListener("htmx:after:swap", () => {
    if (palette.open && isCurrent()) shown();
  });
  box?.addEventListener("click", () => open(box.value));
  box?.addEventListener("input", () => open(box.value));
  document.querySelectorAll("form[action$='/logout/']").forEach((form) =>
    form.addEventListener("submit", () => localStorage.removeItem(key())),
  );
}
