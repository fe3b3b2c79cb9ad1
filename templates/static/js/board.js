/* The board: takes over the server's table once its data is there. Owns the state, keeps it in
   the address, and asks the rooms (table, facets, tools, tray) to show it.

   #q=…&sort=-val/acc,lr&f.model=a,b&r.lr=1e-4..&cols=…&sel=…&page=2&compact=1
   What is as usual is left out, so the plain address is the plain view. */
(function () {
  "use strict";

  const PAGE = 50;

  // ---- state in the address

  function sortItem(item) {
    const raw = rf.state.decode(item.startsWith("-") ? item.slice(1) : item);
    return [raw, item.startsWith("-") ? -1 : 1];
  }

  const sortText = (sort) =>
    sort
      .map(([key, direction]) => {
        const text = rf.state.encode(key).replace(/^-/, "%2D");
        return direction < 0 ? "-" + text : text;
      })
      .join(",");

  function edge(text) {
    const value = text === "" ? NaN : Number(text);
    return Number.isFinite(value) ? value : null;
  }

  function readState(model) {
    const map = rf.state.read();
    const state = {
      q: rf.state.decode(map.get("q") || ""),
      sort: model.sort,
      facets: new Map(),
      ranges: new Map(),
      cols: map.has("cols") ? rf.split(map.get("cols")) : null,
      sel: rf.split(map.get("sel") || ""),
      page: Math.max(0, Math.floor(Number(map.get("page")) || 1) - 1),
      compact: map.get("compact") === "1",
    };
    if (map.has("sort")) {
      const keys = map.get("sort").split(",").map(sortItem);
      state.sort = keys.filter(([key]) => model.byKey.has(key));
    }
    for (const [name, text] of map) {
      const key = name.slice(2);
      const col = model.byKey.get(key);
      if (name.startsWith("f.") && col && col.d) {
        state.facets.set(key, new Set(rf.split(text)));
      } else if (name.startsWith("r.") && col && model.isNumeric(col)) {
        const [low, high] = text.split("..");
        state.ranges.set(key, [edge(low), edge(high || "")]);
      }
    }
    return state;
  }

  function writeState(model, state) {
    const map = new Map();
    if (state.q.trim()) map.set("q", rf.state.encode(state.q));
    if (sortText(state.sort) !== sortText(model.sort)) map.set("sort", sortText(state.sort));
    for (const [key, texts] of state.facets) if (texts.size) map.set("f." + key, rf.join(texts));
    for (const [key, [low, high]] of state.ranges) {
      map.set("r." + key, (low === null ? "" : low) + ".." + (high === null ? "" : high));
    }
    if (state.cols) map.set("cols", rf.join(state.cols));
    if (state.sel.length) map.set("sel", rf.join(state.sel));
    if (state.page) map.set("page", String(state.page + 1));
    if (state.compact) map.set("compact", "1");
    rf.state.write(map);
  }

  // ---- the board

  class Board {
    constructor(element, payload) {
      this.element = element;
      this.model = new rf.Model(payload);
      this.ranked = element.dataset.ranked === "1";
      this.table = element.querySelector("table");
      this.count = element.querySelector(".board-count");
      this.state = readState(this.model);
      this.facets = rf.facets.start(this, element.querySelector(".facets-list"));
      this.tools = [rf.tools.search, rf.tools.chips, rf.tools.density, rf.tools.columns].map((start) => start(this));
      this.pager = rf.tools.pager(this);
      this.tray = rf.tray.start(this);
      rf.table.listen(this, this.table);
      this.foldable();
      rf.state.watch(() => {
        this.state = readState(this.model);
        this.filter();
        this.show();
      });
      this.filter();
      this.show();
    }

    /* Which rows there are, and the counts beside the filters. */
    filter() {
      const { rows, counts } = this.model.view(this.state);
      this.rows = rows;
      this.facets(this.state, counts);
      const total = this.model.n;
      const runs = total === 1 ? " run" : " runs";
      this.count.textContent =
        (rows.length === total ? "" : rows.length.toLocaleString("en") + " of ") +
        total.toLocaleString("en") +
        runs;
    }

    show() {
      const last = Math.max(0, Math.ceil(this.rows.length / PAGE) - 1);
      this.state.page = Math.min(this.state.page, last);
      const from = this.state.page * PAGE;
      for (const update of this.tools) update(this.state);
      rf.table.draw(this, this.table, this.rows.slice(from, from + PAGE));
      this.pager(this.state, this.rows.length, PAGE);
      this.tray();
      writeState(this.model, this.state);
    }

    // ---- what the rooms ask for

    change(patch) {
      this.state = { ...this.state, ...patch };
      if ("q" in patch || "sort" in patch || "facets" in patch || "ranges" in patch) this.filter();
      this.show();
    }

    toggle(key, text, on) {
      const facets = new Map(this.state.facets);
      const texts = new Set(facets.get(key));
      if (on) texts.add(text);
      else texts.delete(text);
      if (texts.size) facets.set(key, texts);
      else facets.delete(key);
      this.change({ facets, page: 0 });
    }

    range(key, [low, high]) {
      const ranges = new Map(this.state.ranges);
      if (low === null && high === null) ranges.delete(key);
      else ranges.set(key, [low, high]);
      this.change({ ranges, page: 0 });
    }

    clear() {
      this.change({ q: "", facets: new Map(), ranges: new Map(), page: 0 });
      this.element.querySelector(".search input").value = "";
    }

    pick(ids, on) {
      const chosen = new Set(this.state.sel);
      for (const id of ids) {
        if (on) chosen.add(id);
        else chosen.delete(id);
      }
      this.state = { ...this.state, sel: [...chosen] };
      rf.table.paint(this, this.table);
      this.tray();
      writeState(this.model, this.state);
    }

    label(key) {
      const col = this.model.byKey.get(key);
      return col ? col.l : key;
    }

    /* On small screens the filters open by a button. */
    foldable() {
      const button = this.element.querySelector(".facets-toggle");
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") !== "true";
        button.setAttribute("aria-expanded", String(open));
      });
    }
  }

  rf.part("board", (element) => {
    rf.load("board", element.dataset.slug, element.dataset.src).then(
      (payload) => {
        element.board = new Board(element, payload);
        element.dataset.state = "ready";
      },
      (error) => {
        element.dataset.state = "missing";
        element.querySelector(".board-main").prepend(rf.notice(error.message));
      },
    );
  });
})();
