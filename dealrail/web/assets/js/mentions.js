// An @ in a comment suggests people who can see it: arrows choose, Enter or Tab takes, Esc leaves the text as it is.
const WORD = /(?:^|[^A-Za-z0-9._%+-])@([^\s@]{0,20})$/;
let asked = 0;

const listOf = (field) => field.closest(".mention-box").querySelector(".mention-list");
const before = (field) => field.value.slice(0, field.selectionStart);

function close(field) {
  const list = listOf(field);
  list.hidden = true;
  list.replaceChildren();
  field.removeAttribute("aria-activedescendant");
}

async function suggest(field) {
  const word = before(field).match(WORD)?.[1];
  const turn = ++asked;
  if (word === undefined) return close(field);
  const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(word)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || turn !== asked) return;
  show(field, (await answer.json()).people);
}

function show(field, people) {
  const list = listOf(field);
  list.replaceChildren(...people.map((person, number) => option(field, person, number)));
  list.hidden = people.length === 0;
  if (people.length) choose(field, list.firstElementChild);
}

function option(field, person, number) {
  const row = document.createElement("li");
  row.id = `mention-${number}`;
  row.setAttribute("role", "option");
  row.dataset.login = person.login;
  row.append(person.name, Object.assign(document.createElement("span"), { className: "caption hint", textContent: ` @${person.login} ${person.unit}` }));
  row.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(field, row);
  });
  return row;
}

function choose(field, row) {
  for (const one of listOf(field).children) one.setAttribute("aria-selected", one === row);
  field.setAttribute("aria-activedescendant", row.id);
}

function take(field, row) {
  const head = before(field).replace(/@[^\s@]*$/, `@${row.dataset.login} `);
  const rest = field.value.slice(field.selectionStart);
  field.value = head + rest;
  field.setSelectionRange(head.length, head.length);
  close(field);
  field.focus();
}

document.addEventListener("input", ({ target }) => {
  if (target.matches?.("textarea[data-mentions]")) suggest(target);
});

document.addEventListener("keydown", (event) => {
  const field = event.target.matches?.("textarea[data-mentions]") && event.target;
  if (!field) return;
  const list = listOf(field);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    field.form.requestSubmit();
  }
  if (list.hidden) return;
  const now = list.querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown") choose(field, now.nextElementSibling ?? list.firstElementChild);
  else if (event.key === "ArrowUp") choose(field, now.previousElementSibling ?? list.lastElementChild);
  else if (event.key === "Enter" || event.key === "Tab") take(field, now);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

document.addEventListener("focusout", ({ target }) => {
  if (target.matches?.("textarea[data-mentions]")) close(target);
});
