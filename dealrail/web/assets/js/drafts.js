// Drafts: what was typed into a follow-up and not yet saved, kept on this device for each record and person.
const PREFIX = "draft:";
export const person = () => document.body.dataset.person ?? "";
const nameOf = (about) => `${PREFIX}${person()}:${about}`;

export function readDraft(about) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(about)));
  } catch {
    return null;
  }
}

export function keepDraft(about, fields) {
  try {
    localStorage.setItem(nameOf(about), JSON.stringify(fields));
  } catch {
    // A full or forbidden storage keeps no drafts; the form itself goes on working.
  }
}

export function forgetDraft(about) {
  localStorage.removeItem(nameOf(about));
}

export function forgetAllDrafts() {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
