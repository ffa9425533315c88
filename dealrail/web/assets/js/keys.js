// Keys that work on every page: ? shows them all, / and Ctrl-K (⌘K) go to the search box.
import { show } from "./dialogs.js";

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[data-search]");
  if (event.altKey || document.querySelector("dialog[open]") || !search) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === "k") go(event, search);
  } else if (isTyping(event.target)) return;
  else if (event.key === "/") go(event, search);
  else if (event.key === "?") {
    event.preventDefault();
    show(document.getElementById("keys"));
  }
});

function go(event, search) {
  event.preventDefault();
  search.focus();
  search.select();
}
