// Moves a department below the one it is dropped on. Without it, the department's own form does the same.
const form = document.querySelector("[data-unit-move]");
let dragged = null;

const places = form ? document.querySelectorAll("[data-unit]") : [];

function fits(place) {
  return dragged && place !== dragged && !place.dataset.unitPath.startsWith(dragged.dataset.unitPath);
}

function move(place) {
  form.action = form.dataset.unitMove.replace("/0/", `/${dragged.dataset.unit}/`);
  form.elements.parent.value = place.dataset.unit;
  form.requestSubmit();
}

for (const place of places) {
  place.addEventListener("dragstart", (event) => {
    dragged = place;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", place.dataset.unit);
  });
  place.addEventListener("dragend", () => {
    dragged = null;
  });
  place.addEventListener("dragover", (event) => {
    if (!dragged || place === dragged) return;
    // Where it doesn't fit it may be dropped too: the answer says why it can't stand there.
    event.preventDefault();
    if (fits(place)) place.classList.add("is-drop-target");
  });
  place.addEventListener("dragleave", () => place.classList.remove("is-drop-target"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("is-drop-target");
    if (dragged && place !== dragged) move(place);
  });
}
