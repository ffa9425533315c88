// Dialogs. <dialog data-open> opens as soon as it stands in the page (so a server answer can bring one);
// [data-dialog="id"] opens one that is there; [data-close] closes the one around it.

function show(dialog) {
  if (dialog.open) return;
  // Without JavaScript the server's answer shows it as a plain block; the open attribute is ours from here on.
  dialog.showModal();
  dialog.querySelector("[autofocus], [aria-invalid=true], [data-unmet] :is(input, select, textarea, a)")?.focus();
}

const showWaiting = () => document.querySelectorAll("dialog[data-open]").forEach(show);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    show(document.getElementById(opener.dataset.dialog));
  }
  if (event.target.closest("[data-close]")) {
    const dialog = event.target.closest("dialog");
    if (dialog) event.preventDefault();
    dialog?.close();
  }
});

// A closed dialog that the server brought must not open again with the next swap.
document.addEventListener("close", ({ target }) => target.removeAttribute?.("data-open"), true);
document.addEventListener("htmx:after:swap", showWaiting);
showWaiting();
