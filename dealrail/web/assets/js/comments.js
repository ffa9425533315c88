// Comments: what was typed and not yet saved is kept on this device, so that a session that ended takes no words along.
import { forgetDraft, keepDraft, readDraft } from "./drafts.js";
import { newKey } from "./unsent.js";

function begin(form) {
  if (form.dataset.begun) return;
  form.dataset.begun = "yes";
  // A page kept on the device may be written on many times: each comment has a key of its own.
  if (!form.elements.text.value) form.elements.key.value = newKey();
  form.addEventListener("input", () => remember(form));
  form.querySelector("[data-forget]").addEventListener("click", () => forget(form));
  restore(form);
}

function remember(form) {
  const text = form.elements.text.value;
  if (text.trim()) keepDraft(form.dataset.comment, { text });
  else forgetDraft(form.dataset.comment);
}

function restore(form) {
  const draft = !form.elements.text.value && readDraft(form.dataset.comment);
  if (!draft) return;
  form.elements.text.value = draft.text;
  form.querySelector("[data-restored]").hidden = false;
}

function forget(form) {
  forgetDraft(form.dataset.comment);
  form.elements.text.value = "";
  form.querySelector("[data-restored]").hidden = true;
  form.elements.text.focus();
}

// Saved: its draft goes before the empty form is begun. A page of its own, without HTMX, tells it by the form it brings.
function sent({ detail }) {
  const { ctx } = detail;
  const form = ctx.sourceElement?.closest?.("form[data-comment]");
  if (form && ctx.response?.status === 200) forgetDraft(form.dataset.comment);
}

const beginAll = () => document.querySelectorAll("form[data-comment]").forEach(begin);
document.addEventListener("htmx:after:request", sent);
document.addEventListener("htmx:after:swap", beginAll);
beginAll();
