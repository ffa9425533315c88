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
    if (!fits(place)) return;
    event.preventDefault();
    place.classList.add("is-drop-target");
  });
  place.addEventListener("dragleave", () => place.classList.remove("is-drop-target"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("is-drop-target");
    if (fits(place)) move(place);
  });
}
