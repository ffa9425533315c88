// What every page loads. Each module finds its own elements by data attributes; add yours to this list.
import "./js/htmx.js";
import "./js/dialogs.js";
import "./js/keys.js";
import "./js/palette.js";
import "./js/duplicates.js";
import "./js/menus.js";
import "./js/bell.js";
import "./js/filters.js";
import "./js/board.js";
import "./js/path.js";
import "./js/steps.js";
import "./js/lists.js";
import "./js/facts.js";
import "./js/uploads.js";
import "./js/mentions.js";
import "./js/tabs.js";
