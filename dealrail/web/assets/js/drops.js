// Puts a file that was dropped into the input it was dropped around; the form is sent as always.
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("is-drop-target");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-drop-target"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-drop-target");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
