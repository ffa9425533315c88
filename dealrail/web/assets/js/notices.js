// Says something on top of the page, where the server's own messages stand; `look`: error, warning or nothing.
export function say(text, look = "") {
  const notice = document.createElement("div");
  notice.className = look ? `notice notice-${look}` : "notice";
  notice.append(Object.assign(document.createElement("span"), { textContent: text }));
  const place = document.getElementById("messages");
  place.replaceChildren(notice);
  place.scrollIntoView({ block: "nearest" });
  return notice;
}

// The words that scripts say stand in the page, in the reader's language.
export const words = () => document.getElementById("unsent")?.dataset ?? {};
