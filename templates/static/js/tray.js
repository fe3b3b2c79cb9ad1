/* The tray at the bottom: the runs or groups that are ticked, and the way to compare them. */
(function () {
  "use strict";

  const CHIPS = 6;
  const MOST = 192; // what the compare page reads at once: it groups them, or draws the first ones
  const el = rf.el;

  function chip(board, { ids, name, title }, color) {
    const remove = el("button", { type: "button", "aria-label": rf.t("Remove {name}", { name }) }, rf.icon("cross"));
    remove.addEventListener("click", () => board.pick(ids, false));
    return el(
      "li",
      { class: "tray-run c" + color },
      el("span", { class: "swatch", "aria-hidden": "true" }),
      el("span", { class: "trunc", title }, rf.bdi(name)),
      remove,
    );
  }

  /* What is chosen: runs; of a table of groups, where more than one has a chosen run, the groups. */
  function chosenOf({ model }, chosen) {
    const runs = chosen.map((id) => ({ ids: [id], name: model.nameOf(id), title: model.nameOf(id) }));
    if (!model.members) return { things: runs, by: [] };
    const rows = new Map();
    for (const id of chosen) {
      const row = model.rowOfMember.get(id);
      if (row === undefined) return { things: runs, by: [] }; // of another table, by its address
      rows.set(row, [...(rows.get(row) || []), id]);
    }
    if (rows.size < 2) return { things: runs, by: [] };
    const things = Array.from(rows, ([row, ids]) => ({
      ids,
      name: model.name(row),
      title: model.exact(row),
      head: model.runsOf(row)[0],
    }));
    return { things, by: model.members.by };
  }

  /* The colour of each chosen row by its first run, so that groups of many runs have one each. */
  function colors({ model, state }) {
    if (!model.members) return rf.colors(state.sel);
    const rows = new Set(state.sel.map((id) => model.rowOfMember.get(id)));
    return rf.colors(Array.from(rows).filter((row) => row !== undefined).map((row) => model.runsOf(row)[0]));
  }

  /* The comparison of what is chosen: groups as groups, else run by run. */
  const link = (board, chosen) => rf.compareLink(chosen.slice(0, MOST), chosenOf(board, chosen).by);

  function draw(board, tray) {
    const chosen = board.state.sel;
    const { things, by } = chosenOf(board, chosen);
    const own = by.length ? colors(board) : rf.colors(chosen);
    const chips = things.slice(0, CHIPS).map((one) => chip(board, one, own.get(one.head || one.ids[0])));
    if (things.length > CHIPS) chips.push(el("li", { class: "faint nowrap" }, "+" + (things.length - CHIPS)));
    const clear = el("button", { class: "btn btn-quiet", type: "button" }, rf.t("Clear"));
    clear.addEventListener("click", () => board.pick(chosen, false));
    const n = by.length ? things.length : Math.min(chosen.length, MOST);
    const compare = el(
      "a",
      { class: "btn btn-primary", href: link(board, chosen) },
      rf.icon("compare"),
      by.length ? rf.t("Compare {n} groups", { n }) : rf.t("Compare {n}", { n }),
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

  rf.tray = { start, link, colors };
})();
