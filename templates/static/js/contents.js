/* The table of contents of a page: marks the section that is being read, opens closed ones. */
(function () {
  "use strict";

  rf.part("contents", (nav) => {
    const links = Array.from(nav.querySelectorAll("a"));
    const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
    const edge = () => innerHeight * 0.3;

    function mark() {
      let now = 0;
      sections.forEach((section, at) => {
        if (section && section.getBoundingClientRect().top < edge()) now = at;
      });
      if (innerHeight + scrollY >= document.documentElement.scrollHeight - 2) now = links.length - 1;
      links.forEach((link, at) => {
        if (at === now) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    }

    let waiting = false;
    addEventListener(
      "scroll",
      () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          mark();
        });
      },
      { passive: true },
    );
    mark();

    // A link must not wipe out the view that the address keeps.
    nav.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      const section = link && sections[links.indexOf(link)];
      if (!section || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (section.tagName === "DETAILS") section.open = true;
      if (!location.hash.includes("=")) return;
      event.preventDefault();
      section.scrollIntoView();
      section.setAttribute("tabindex", "-1");
      section.focus({ preventScroll: true });
    });
  });
})();
