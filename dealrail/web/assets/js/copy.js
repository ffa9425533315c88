// Copies a link or token that is shown once; without scripts it is selected by hand.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const words = button.querySelector("span");
  const before = words.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without a safe connection there is no clipboard: select the link, so that it can be copied by hand.
    getSelection().selectAllChildren(button.previousElementSibling);
    return;
  }
  words.textContent = button.dataset.copied;
  setTimeout(() => (words.textContent = before), 2000);
});
