// A customer is chosen while its name is typed, found as by Ctrl-K: characters, pinyin, initials, the end of a phone.
// Arrows choose, Enter or Tab takes, Esc leaves the text as it is; [data-suggest] says where to ask.
const AFTER = 150;
let waiting;
let asked = 0;

const listOf = (field) => field.closest(".mention-box").querySelector(".mention-list");
const chosen = (field) => listOf(field).querySelector("[aria-selected=true]");

function ready(field) {
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", listOf(field).id);
}

function close(field) {
  clearTimeout(waiting);
  asked += 1;
  listOf(field).hidden = true;
  listOf(field).replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

async function suggest(field) {
  const text = field.value.trim();
  const turn = ++asked;
  if (!text) return close(field);
  const answer = await fetch(`${field.dataset.suggest}?${new URLSearchParams({ q: text })}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || turn !== asked || document.activeElement !== field) return;
  const found = (await answer.json()).customers;
  const list = listOf(field);
  list.replaceChildren(...found.map((customer, number) => option(field, customer, number)));
  list.hidden = found.length === 0;
  field.setAttribute("aria-expanded", String(found.length > 0));
  field.removeAttribute("aria-activedescendant");
}

function option(field, { name, about }, number) {
  const row = document.createElement("li");
  row.id = `${listOf(field).id}-${number}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.dataset.name = name;
  row.append(name, Object.assign(document.createElement("span"), { className: "caption hint", textContent: about && ` ${about}` }));
  row.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(field, row);
  });
  return row;
}

function choose(field, row) {
  for (const one of listOf(field).children) one.setAttribute("aria-selected", String(one === row));
  if (!row) return;
  field.setAttribute("aria-activedescendant", row.id);
  row.scrollIntoView({ block: "nearest" });
}

function take(field, row) {
  field.value = row.dataset.name;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  close(field);
}

const isOurs = (target) => target.matches?.("input[data-suggest]");

document.addEventListener("input", ({ target }) => {
  if (!isOurs(target)) return;
  ready(target);
  clearTimeout(waiting);
  waiting = setTimeout(suggest, AFTER, target);
});

document.addEventListener("keydown", (event) => {
  const field = isOurs(event.target) && event.target;
  if (!field || listOf(field).hidden || event.isComposing) return;
  const now = chosen(field);
  const list = listOf(field);
  if (event.key === "ArrowDown") choose(field, now?.nextElementSibling ?? list.firstElementChild);
  else if (event.key === "ArrowUp") choose(field, now?.previousElementSibling ?? list.lastElementChild);
  else if (event.key === "Enter" && now) take(field, now);
  else if (event.key === "Tab" && now) return take(field, now);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("focusout", ({ target }) => isOurs(target) && close(target));
