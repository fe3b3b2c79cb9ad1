/* The theme, set before the first paint: auto (the system's), light or dark.
   Runs in the head on purpose; the button is wired when the page is there. */
(function () {
  "use strict";
  const KEY = "runfolio.theme";
  const NAMES = { auto: "automatic", light: "light", dark: "dark" };
  const ICONS = { auto: "theme", light: "sun", dark: "moon" };
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;
  root.classList.add("js");

  function stored() {
    // Reading storage throws where cookies are blocked.
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function store(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      /* The choice then lasts for this page only. */
    }
  }

  function show(theme) {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      button.setAttribute("aria-label", "Theme: " + NAMES[theme]);
      button.title = "Theme: " + NAMES[theme];
      button.firstElementChild.className = "i i-" + ICONS[theme];
    }
    document.dispatchEvent(new CustomEvent("rf:theme"));
  }

  const first = stored();
  root.dataset.theme = ORDER.includes(first) ? first : "auto";

  document.addEventListener("DOMContentLoaded", () => {
    show(root.dataset.theme);
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-theme-button]")) return;
      const next = ORDER[(ORDER.indexOf(root.dataset.theme) + 1) % ORDER.length];
      store(next);
      show(next);
    });
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (root.dataset.theme === "auto") document.dispatchEvent(new CustomEvent("rf:theme"));
  });
})();
