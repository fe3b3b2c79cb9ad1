/* The tray at the bottom: the runs that are ticked, and the way to compare them. */
(function () {
  "use strict";

  const CHIPS = 6;
  const MOST = 192; // what the compare page reads at once: it groups them, or draws the first ones
  const el = rf.el;

  function chip(board, id, color) {
    const name = board.model.nameOf(id);
    const remove = el("button", { type: "button", "aria-label": rf.t("Remove {name}", { name }) }, rf.icon("cross"));
    remove.addEventListener("click", () => board.pick([id], false));
    return el(
      "li",
      { class: "tray-run c" + color },
      el("span", { class: "swatch", "aria-hidden": "true" }),
      el("span", { class: "trunc", title: name }, rf.bdi(name)),
      remove,
    );
  }

  /* The comparison of what is chosen: of several rows of groups as groups, else run by run. */
  function link({ model }, chosen) {
    const rows = new Set(chosen.map((id) => model.rowOfMember.get(id)));
    return rf.compareLink(chosen.slice(0, MOST), model.members && rows.size > 1 ? model.members.by : []);
  }

  function draw(board, tray) {
    const chosen = board.state.sel;
    const colors = rf.colors(chosen);
    const chips = chosen.slice(0, CHIPS).map((id) => chip(board, id, colors.get(id)));
    if (chosen.length > CHIPS) chips.push(el("li", { class: "faint nowrap" }, "+" + (chosen.length - CHIPS)));
    const clear = el("button", { class: "btn btn-quiet", type: "button" }, rf.t("Clear"));
    clear.addEventListener("click", () => board.pick(chosen, false));
    const compare = el(
      "a",
      { class: "btn btn-primary", href: link(board, chosen) },
      rf.icon("compare"),
      rf.t("Compare {n}", { n: Math.min(chosen.length, MOST) }),
    );
    const note =
      chosen.length > MOST && el("span", { class: "tray-note muted" }, rf.t("the first {n} of {all}", { n: MOST, all: chosen.length }));
    tray.replaceChildren(el("ul", { class: "tray-runs" }, ...chips), note || "", clear, compare);
    tray.hidden = !chosen.length;
    document.body.classList.toggle("with-tray", chosen.length > 0);
  }

  function start(board) {
    const tray = el("div", { class: "tray no-print", role: "region", "aria-label": rf.t("Chosen runs"), hidden: true });
    board.element.append(tray);
    return () => draw(board, tray);
  }

  rf.tray = { start, link };
})();
