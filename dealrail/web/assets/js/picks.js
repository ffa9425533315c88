// Days to choose by one tap, and the time that stands for each.

const HOUR = 10;

const two = (number) => String(number).padStart(2, "0");
export const local = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

// The days that aren't worked, as far ahead as the server told; a page kept for longer knows weekends only.
function isOff(at, told) {
  const day = local(at).slice(0, 10);
  return told.includes(day) || ((day < told[0] || day > told.at(-1)) && at.getDay() % 6 === 0);
}

// The day of a pick, or the working day after it. The server's rule again, for a page kept since another day.
export function dayOf(pick, form) {
  const told = form.querySelector("[data-off]").dataset.off.split(" ");
  const at = new Date();
  at.setHours(HOUR, 0, 0, 0);
  const days = { tomorrow: 1, in_three_days: 3, next_monday: (8 - at.getDay()) % 7 || 7 }[pick];
  for (let day = days; ; day++) {
    const found = new Date(at);
    found.setDate(at.getDate() + day);
    if (!isOff(found, told)) return { at: found, isLater: day > days };
  }
}

// Beside an input for the time: what is tapped stands there, and what is typed there is no longer the day tapped.
document.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (!form?.querySelector("[data-picks]")) return;
  if (target.name === "pick") form.elements.due_at.value = target.value ? local(dayOf(target.value, form).at) : "";
  if (target.name === "due_at" && target.value) form.querySelector(`[name=pick][value=""]`).checked = true;
});
