// A stage bar that doesn't fit shows the stage one is in.
const now = document.querySelector(".path [aria-current=step]");
if (now) now.parentElement.scrollLeft = now.offsetLeft - (now.parentElement.clientWidth - now.clientWidth) / 2 - now.parentElement.offsetLeft;
