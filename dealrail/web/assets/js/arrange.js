// Arranging a layout: fields and groups are dragged to their places, and the buttons that move them are answered without
// losing the focus. The server says what a button does; without this it answers with the whole page.
let dragged = null;
let home = null;

// One after the other, each by what the one before left; what gets no answer goes the way it goes without this.
let turn = Promise.resolve();
function ask(form, step) {
  turn = turn.then(() => answered(form, step)).catch(() => sent(form, step));
}

function sent(form, step) {
  const button = Object.assign(document.createElement("button"), { name: "do", value: step, hidden: true });
  form.append(button);
  form.requestSubmit(button);
  button.remove();
}

const written = (form) => JSON.stringify([...new FormData(form)]);

async function answered(form, step) {
  const before = written(form);
  const data = new FormData(form);
  data.set("do", step);
  const answer = await fetch(form.action || location.href, { method: "POST", body: data });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const wanted = page.querySelector("[data-arrange-parts]");
  if (!answer.ok || !wanted) throw new Error(answer.statusText);
  // somebody typed meanwhile: the answer doesn't know of it
  if (written(form) !== before) return answered(form, step);
  form.querySelector("[data-arrange-parts]").replaceWith(wanted);
  form.setAttribute("data-typed", "");
  document.querySelector("[data-arrange-said]").textContent = page.querySelector("[data-arrange-said]").textContent;
  document.getElementById(wanted.dataset.arrangeParts)?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-arrange] button[name=do]");
  if (!button) return;
  event.preventDefault();
  ask(button.form, button.value);
});

document.addEventListener("dragstart", (event) => {
  const handle = event.target.closest?.("[data-arrange-row], [data-arrange-head]");
  if (!handle) return;
  dragged = handle.matches("[data-arrange-head]") ? handle.closest("[data-arrange-group]") : handle;
  home = { parent: dragged.parentNode, next: dragged.nextSibling };
  dragged.classList.add("is-moving");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  event.dataTransfer.setDragImage(dragged, 16, 16);
});

// What is dragged stands at once where it would be dropped.
document.addEventListener("dragover", (event) => {
  if (!dragged?.isConnected || !event.target.closest?.("[data-arrange]")) return;
  event.preventDefault();
  const kind = dragged.matches("[data-arrange-row]") ? "[data-arrange-row]" : "[data-arrange-group]";
  const other = event.target.closest(kind);
  if (other && other !== dragged) return beside(other, event.clientY);
  const rows = kind === "[data-arrange-row]" && event.target.closest("[data-arrange-group]")?.querySelector("[data-arrange-rows]");
  if (rows && !other && !rows.contains(dragged)) rows.append(dragged);
});

function beside(other, y) {
  const box = other.getBoundingClientRect();
  // nothing stands behind the fields in no group
  const isLast = other.matches("[data-arrange-rest]");
  if (isLast || y < box.top + box.height / 2) other.before(dragged);
  else other.after(dragged);
}

document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});

document.addEventListener("dragend", (event) => {
  if (!dragged) return;
  dragged.classList.remove("is-moving");
  if (event.dataTransfer.dropEffect === "none") home.parent.insertBefore(dragged, home.next);
  else ask(dragged.closest("form"), "look");
  dragged = null;
});
