// This runs before the page is drawn, so that it does not flash in the wrong colours.
const stored = localStorage.getItem("theme");
if (stored === "dark" || stored === "light") document.documentElement.dataset.theme = stored;
