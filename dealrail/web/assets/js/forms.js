// A form of one's own shows and hides its questions by the answers given so far, as the server says; what was typed
// into those that stay isn't touched. Without this a button asks for it.

// Answers may overtake each other: only that to the newest question counts.
const asked = new WeakMap();

async function follow(form) {
  const turn = (asked.get(form) ?? 0) + 1;
  asked.set(form, turn);
  const data = new FormData(form);
  // files are sent once, with the form
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  data.set("look", "1");
  const answer = await fetch(form.action || location.href, { method: "POST", body: data });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (asked.get(form) !== turn) return;
  const wanted = page.querySelector("[data-shown]");
  if (wanted) put(form.querySelector("[data-shown]"), wanted);
}

function put(shown, wanted) {
  const here = new Map([...shown.children].map((one) => [one.dataset.question, one]));
  const names = [...wanted.children].map((one) => one.dataset.question);
  for (const [name, one] of here) if (!names.includes(name)) one.remove();
  let last = null;
  for (const one of [...wanted.children]) {
    const there = here.get(one.dataset.question);
    const result = there?.querySelector("[data-computed]");
    if (result) result.textContent = one.querySelector("[data-computed]").textContent;
    if (there) there.querySelector(".form-label")?.replaceWith(one.querySelector(".form-label"));
    const next = there || one;
    if (!there) last ? last.after(next) : shown.prepend(next);
    last = next;
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-questions]");
  if (form) follow(form);
});
