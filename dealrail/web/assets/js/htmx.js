// HTMX with what our strict content policy and Django's CSRF check need. No inline scripts, no evaluated attributes.
import htmx from "htmx.org/dist/htmx.esm.js";

// Going back asks the server: a page kept in the browser may show a deal as it no longer is.
htmx.config.history = "reload";

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET" && token()) ctx.request.headers["X-CSRFToken"] = token();
});

export default htmx;
