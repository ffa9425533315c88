// A picture is put into a text of a process where the cursor stands: it is sent, and the text that names it comes back.
import { say, words } from "./notices.js";

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

async function send(file, address) {
  const data = new FormData();
  data.set("picture", file);
  const headers = { Accept: "application/json", "X-CSRFToken": token() ?? "" };
  const answer = await fetch(address, { method: "POST", body: data, headers });
  return answer.json();
}

function put(area, text) {
  const start = area.selectionStart;
  const before = start && area.value[start - 1] !== "\n" ? "\n\n" : "";
  area.setRangeText(`${before}${text}\n`, start, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("change", async ({ target }) => {
  const area = target.dataset?.pictureFor && document.getElementById(target.dataset.pictureFor);
  if (!area || !target.files.length) return;
  const [file] = target.files;
  target.value = "";
  try {
    const { text, refused } = await send(file, target.dataset.to);
    text ? put(area, text) : say(refused, "error");
  } catch {
    say(words().failed, "error");
  }
});
