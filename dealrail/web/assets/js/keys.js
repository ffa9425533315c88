// Keys that work on every page: ? shows them all, / and Ctrl-K (⌘K) open the search.
import { show } from "./dialogs.js";
import { open } from "./palette.js";

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.altKey || document.querySelector("dialog[open]") || !document.getElementById("palette")) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === "k") go(event);
  } else if (isTyping(event.target)) return;
  else if (event.key === "/") go(event);
  else if (event.key === "?") {
    event.preventDefault();
    show(document.getElementById("keys"));
  }
});

function go(event) {
  event.preventDefault();
  open();
}
