import { byID } from "./elements.js";

/** The lists of rooms and people, which become drawers if the window is too narrow for them. */
const drawers = [
  { panel: byID("rooms"), button: byID("show-rooms"), narrow: matchMedia("(max-width: 720px)") },
  { panel: byID("people"), button: byID("show-people"), narrow: matchMedia("(max-width: 1060px)") },
];
const main = byID("main");

function show(drawer) {
  drawer.panel.classList.add("shown");
  drawer.button.setAttribute("aria-expanded", "true");
  byID("scrim").hidden = false;
  main.inert = true;
  drawer.panel.querySelector("[data-close]").focus();
}

/** Closes the open drawer. Returns whether one was open. */
export function closeDrawers() {
  const open = drawers.filter(({ panel }) => panel.classList.contains("shown"));
  main.inert = false;
  byID("scrim").hidden = true;
  for (const { panel, button } of open) {
    panel.classList.remove("shown");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }
  return open.length > 0;
}

export function prepareDrawers() {
  for (const drawer of drawers) {
    drawer.button.addEventListener("click", () => show(drawer));
    drawer.panel.querySelector("[data-close]").addEventListener("click", closeDrawers);
    drawer.narrow.addEventListener("change", closeDrawers);
  }
  byID("scrim").addEventListener("click", closeDrawers);
}
