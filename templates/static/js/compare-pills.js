/* The head of the compare page: what is chosen, as pills that show, hide and remove; the grouping;
   suggestions where nothing is chosen. rf.comparePills.show(page, runs, {add, drop}) */
(function () {
  "use strict";

  const SUGGESTIONS = 8;
  const BANDS = /* said: */ {
    std: "± standard deviation",
    stderr: "± standard error",
    minmax: "min to max",
    none: "no band",
  };
  const pills = {};
  rf.comparePills = pills;

  /* Names with all words: the very name first, then those that begin with the text. */
  pills.search = function (page, text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const run of page.index.values()) {
      if (page.ids.includes(run.id)) continue;
      const hay = (run.name + " " + run.experiment + " " + run.id).toLowerCase();
      if (words.every((word) => hay.includes(word))) found.push(run);
      if (found.length >= 200) break;
    }
    const typed = text.toLowerCase();
    const near = ({ name }) =>
      name.toLowerCase() === typed ? 0 : name.toLowerCase().startsWith(typed) ? 1 : 2;
    return found
      .sort((a, b) => near(a) - near(b))
      .slice(0, SUGGESTIONS)
      .map((run) => ({
        id: run.id,
        name: run.name,
        note: [run.value === null ? "" : rf.number(run.value), run.experiment].filter(Boolean).join(" · "),
      }));
  };

  // ---- one pill

  function sample(column) {
    return rf.svg(
      "svg",
      { class: "dash c" + column.color, width: 26, height: 10, "aria-hidden": "true" },
      rf.svg("line", {
        x1: 1,
        y1: 5,
        x2: 25,
        y2: 5,
        "stroke-dasharray": rf.charts.dashes[column.dash % 3].join(" "),
      }),
    );
  }

  function toggle(page, column) {
    const hidden = page.hidden.has(column.id);
    const label = rf.t("Draw {name}", { name: column.name });
    const button = rf.el(
      "button",
      { type: "button", class: "pill-toggle", "aria-pressed": String(!hidden), "aria-label": label, title: label },
      sample(column),
    );
    button.addEventListener("click", (event) => {
      // With Alt or Shift: only this one, and all again.
      const only = event.altKey || event.shiftKey;
      const others = page.columns.map((each) => each.id).filter((id) => id !== column.id);
      if (only) page.hidden = new Set(others.every((id) => page.hidden.has(id)) ? [] : others);
      else if (!page.hidden.delete(column.id)) page.hidden.add(column.id);
      page.write();
      page.redraw();
      const place = page.columns.findIndex((each) => each.id === column.id);
      const next = page.slot("pills").querySelectorAll(".pill-toggle")[place];
      if (next) next.focus();
    });
    return button;
  }

  function pill(page, column, decimals, drop) {
    const remove = rf.el(
      "button",
      {
        type: "button",
        "aria-label": rf.t("Remove {name}", { name: column.name }),
        onclick: () => drop(column.runs.map((run) => run.id)),
      },
      rf.icon("cross"),
    );
    const name = column.path
      ? rf.el("a", { href: column.path, class: "trunc", title: column.name }, rf.bdi(column.name))
      : rf.el("span", { class: "trunc", title: column.exact }, rf.bdi(column.name));
    const known = column.value !== null && column.value !== undefined;
    const value = page.grouped ? "n=" + column.runs.length : known ? rf.number(column.value, decimals) : "";
    const from = column.runs.length === 1 && column.runs[0].payload && column.runs[0].payload.origin;
    const look = ["pill", column.failed ? "missing" : "", page.hidden.has(column.id) ? "off" : ""];
    return rf.el(
      "li",
      { class: look.filter(Boolean).join(" ") },
      toggle(page, column),
      name,
      from ? rf.originBadge(from) : null,
      value ? rf.el("span", { class: "num muted" }, value) : null,
      remove,
    );
  }

  // ---- groups

  function select(label, options, value, act) {
    const box = rf.el(
      "select",
      { class: "select btn-small" },
      ...options.map(([key, text]) => rf.el("option", { value: key, selected: key === value }, text)),
    );
    box.addEventListener("change", () => act(box.value));
    return rf.el("label", { class: "check-label" }, label, box);
  }

  function grouping(page) {
    const options = rf.groups.options(page.ready);
    if (page.group && !options.some(([by]) => by === page.group)) {
      options.push([page.group, rf.groups.label(page.group)]);
    }
    const set = (key) => (value) => {
      page[key] = value;
      page.hidden = key === "group" ? new Set() : page.hidden;
      if (key === "group") page.base = "";
      page.redraw();
      page.write();
      page.slot("groups").querySelectorAll("select")[key === "group" ? 0 : 1].focus();
    };
    const by = select(rf.t("Group by"), [["", rf.t("nothing")], ...options], page.group, set("group"));
    const bands = Object.entries(BANDS).map(([key, text]) => [key, rf.t(text)]);
    return [by, ...(page.grouped ? [select(rf.t("Band"), bands, page.band, set("band")), members(page)] : [])];
  }

  function members(page) {
    const link = (run) => rf.el("a", { href: run.path, class: "trunc" }, rf.bdi(run.name));
    const rows = page.columns.map((column) =>
      rf.el(
        "li",
        null,
        rf.el("span", { class: "strong" }, rf.bdi(column.name)),
        ...column.runs.map(link),
      ),
    );
    return rf.el(
      "details",
      { class: "chart-more group-members" },
      rf.el("summary", { class: "btn btn-small" }, rf.t("Members"), rf.icon("chevron")),
      rf.el("ul", { class: "chart-more-body" }, ...rows),
    );
  }

  // ---- the whole head

  pills.show = function (page, all, acts) {
    const decimals = rf.decimalsFor(all.map((run) => run.value));
    page
      .slot("pills")
      .replaceChildren(...page.columns.map((column) => pill(page, column, decimals, acts.drop)));
    const lead = all.length
      ? rf.t("{n} of at most {limit} lines. The address of this page keeps the choice, so it can be shared.", {
          n: page.columns.length,
          limit: page.limit,
        })
      : rf.t("Up to {limit} runs or groups beside each other: curves, metrics, params.", page);
    page.slot("lead").textContent = lead;
    page.slot("groups").replaceChildren(...(page.ready.length > 1 ? grouping(page) : []));
    empty(page, all.length === 0, acts.add);
  };

  function empty(page, nothing, add) {
    const place = page.slot("empty");
    place.hidden = !nothing;
    if (!nothing) return;
    const some = pills.search(page, "").slice(0, 4);
    const button = (run) =>
      rf.el("button", { type: "button", class: "btn btn-small", onclick: () => add(run.id) }, rf.bdi(run.name));
    const words = some.length
      ? rf.t("Add runs by name above, tick them in a leaderboard, or begin with one of these:")
      : rf.t("This site has no runs yet.");
    place.replaceChildren(
      rf.icon("compare"),
      rf.el("strong", null, rf.t("No run is chosen")),
      rf.el("p", null, words),
      rf.el("div", { class: "line" }, ...some.map(button)),
    );
  }
})();
