// Keys that work on every page: ? shows them all, / and Ctrl-K (⌘K) open the search, g and a letter lead to a place.
import { show } from "./dialogs.js";
import { open } from "./palette.js";

const SOON = 1500; // milliseconds between g and its letter
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const leads = () => document.getElementById("keys")?.dataset ?? {};
let going = 0;

const act = {
  "/": () => open(),
  "?": () => show(document.getElementById("keys")),
  g: () => (going = Date.now()),
  c: () => make(),
  f: () => go(leads().followUp),
  n: () => document.querySelector("[data-bell] > summary")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || document.querySelector("dialog[open]") || !document.getElementById("palette")) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === "k") done(event, open);
  } else if (isTyping(event.target)) return;
  else if (Date.now() - going < SOON) {
    going = 0;
    const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) done(event, () => go(place.href));
  } else if (act[event.key]) done(event, act[event.key]);
});

function done(event, what) {
  event.preventDefault();
  what();
}

// What can be made stands behind the + of the top bar; without one, a deal is.
function make() {
  const menu = document.querySelector(".new-things > summary");
  if (menu) menu.click();
  else go(leads().new);
}

function go(address) {
  if (address) location.assign(address);
}
