/* Paper tables: buttons that copy the table in each format, made from the texts that the page has.
     <figure data-rf="paper"> … <span class="paper-copy"> … <div data-export="LaTeX"><code> */
(function () {
  "use strict";

  function button(name, source) {
    const label = rf.el("span", null, name);
    const made = rf.el(
      "button",
      { class: "btn btn-small", type: "button", "aria-label": rf.t("Copy as {format}", { format: name }) },
      rf.icon("copy"),
      label,
    );
    made.addEventListener("click", async () => {
      await rf.copy(source.textContent, source);
      made.replaceChild(rf.icon("check"), made.firstChild);
      rf.say(rf.t("Copied"));
      setTimeout(() => made.replaceChild(rf.icon("copy"), made.firstChild), 1500);
    });
    return made;
  }

  rf.part("paper", (figure) => {
    const place = figure.querySelector(".paper-copy");
    for (const made of figure.querySelectorAll("[data-export]")) {
      place.append(button(made.dataset.export, made.querySelector("code")));
    }
  });
})();
