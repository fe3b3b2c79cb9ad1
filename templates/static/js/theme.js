/* The theme, set before the first paint: auto (the system's), light or dark.
   Runs in the head on purpose; the button is wired when the page is there. */
(function () {
  "use strict";
  const KEY = "runfolio.theme";
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

  /* rf.js comes after this script, but before anything is labelled. */
  function label(theme) {
    if (theme === "light") return rf.t("Theme: light");
    return theme === "dark" ? rf.t("Theme: dark") : rf.t("Theme: automatic");
  }

  function show(theme) {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      button.setAttribute("aria-label", label(theme));
      button.title = label(theme);
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
