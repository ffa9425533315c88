// Files: sent as soon as they are chosen, with their progress; pictures shown in a dialog. Without scripts a form does it.
import htmx from "./htmx.js";
import { say, words } from "./notices.js";

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

function send(form) {
  if (form.dataset.sending || !form.elements.files.files.length) return;
  form.dataset.sending = "yes";
  const request = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  bar.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = total ? (100 * loaded) / total : 0));
  request.addEventListener("load", () => shown(form, request));
  request.addEventListener("error", () => failed(form));
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("X-CSRFToken", token() ?? "");
  request.send(new FormData(form));
}

function shown(form, request) {
  const part = form.closest("section");
  const login = request.getResponseHeader("HX-Redirect");
  if (login) return location.assign(login);
  const brought = new DOMParser().parseFromString(request.responseText, "text/html").getElementById(part.id);
  if (!brought) return failed(form);
  part.replaceWith(brought);
  htmx.process(brought);
  brought.querySelector("input[type=file]")?.focus();
  document.dispatchEvent(new CustomEvent("commented"));
}

// Its key makes sending it again safe, even if the server had it and only the answer was lost.
function failed(form) {
  delete form.dataset.sending;
  form.querySelector("progress").hidden = true;
  form.classList.add("is-failed");
  say(words().failed, "error");
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("form[data-upload]")) return;
  event.preventDefault();
  send(event.target);
});

document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-upload]");
  if (form && target.files?.length) send(form);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-preview]");
  const dialog = document.getElementById("preview");
  if (!link || !dialog || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const picture = dialog.querySelector("img");
  picture.src = link.href;
  picture.alt = link.dataset.preview;
  dialog.querySelector("h2").textContent = link.dataset.preview;
  dialog.querySelector("[download]").href = link.href;
  dialog.showModal();
});
