/* The board: takes over the server's table once its data is there. Owns the state, keeps it in
   the address, and asks the rooms (table, facets, tools, tray) to show it.

   #q=…&sort=-val/acc,lr&f.model=a,b&r.lr=1e-4..&cols=…&lock=…&pin=…&stat=max&sel=…&page=2&compact=1
   What is as usual is left out, so the plain address is the plain view. */
(function () {
  "use strict";

  const PAGE = 50;
  const STATS = new Set(["last", "best", "min", "max"]);

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
      lock: rf.split(map.get("lock") || "").filter((key) => model.byKey.has(key)),
      pin: rf.split(map.get("pin") || ""),
      stat: STATS.has(map.get("stat")) ? map.get("stat") : "",
      x: rf.state.decode(map.get("x") || ""),
      y: rf.state.decode(map.get("y") || ""),
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
    if (state.lock.length) map.set("lock", rf.join(state.lock));
    if (state.pin.length) map.set("pin", rf.join(state.pin));
    if (state.stat) map.set("stat", state.stat);
    for (const axis of ["x", "y"]) if (state[axis]) map.set(axis, rf.state.encode(state[axis]));
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
      this.due = new Map();
      this.facets = rf.facets.start(this, element.querySelector(".facets-list"));
      const { search, help, chips, stat, density, columns, exports } = rf.tools;
      this.tools = [search, help, chips, stat, density, columns, exports].map((start) => start(this));
      this.charts = rf.boardCharts ? rf.boardCharts(this) : () => {};
      this.pager = rf.tools.pager(this);
      this.tray = rf.tray.start(this);
      rf.table.listen(this, this.table);
      this.foldable();
      rf.state.watch(() => {
        this.state = readState(this.model);
        this.again();
      });
      this.again();
    }

    again() {
      this.look();
      this.useStat();
      this.filter();
      this.show();
    }

    /* Other values of the metrics come in a file of their own, once they are asked for. */
    useStat() {
      const { stat } = this.state;
      this.model.useStat(stat);
      if (stat === this.model.stat || !this.element.dataset.stats) return;
      rf.load("stats", this.element.dataset.slug, this.element.dataset.stats).then(
        (payload) => {
          this.model.useStat(this.state.stat, payload);
          this.filter();
          this.show();
        },
        (error) => {
          this.element.querySelector(".board-main").prepend(rf.notice(error.message));
          this.change({ stat: "" }); // nothing may say that other values are shown
        },
      );
    }

    /* Measured before anything on the page is changed: later it would cost a layout. */
    look() {
      this.seen = rf.table.inView(this.table);
    }

    /* Which rows there are. What follows from it, the counts beside the filters and the charts,
       comes after the frame that shows the rows; when the page opens, with them. */
    filter() {
      const view = this.model.view(this.state);
      this.count.textContent = this.counted(view.rows.length, this.model.n);
      const first = !this.rows;
      this.rows = view.rows;
      if (first) this.beside(view);
      else this.after("beside", () => this.beside(view));
    }

    beside({ rows, counts }) {
      this.facets(this.state, counts());
      this.charts(this.state, rows);
    }

    /* Does what nobody waits for once the next frame is shown; of one name only the last. */
    after(name, call) {
      const { element, due } = this;
      due.set(name, call);
      if (element.ariaBusy === "true") return;
      element.ariaBusy = "true";
      const work = () => {
        element.ariaBusy = null;
        const calls = [...due.values()];
        due.clear();
        for (const each of calls) each();
      };
      requestAnimationFrame(() => setTimeout(() => rf.idle(work, 100)));
    }

    counted(shown, total) {
      const what = /* said: */ this.model.members ? (total === 1 ? "{n} group" : "{n} groups") : total === 1 ? "{n} run" : "{n} runs";
      const all = rf.t(what, { n: rf.number(total, 0) });
      return shown === total ? all : rf.t("{n} of {all}", { n: rf.number(shown, 0), all });
    }

    /* Pinned rows first, whatever the filters say; then the others. */
    ordered() {
      const pinned = this.state.pin.map((id) => this.model.rowOf.get(id)).filter((row) => row !== undefined);
      const taken = new Set(pinned);
      return { pinned, rest: taken.size ? this.rows.filter((row) => !taken.has(row)) : this.rows };
    }

    show() {
      const { pinned, rest } = this.ordered();
      const last = Math.max(0, Math.ceil(rest.length / PAGE) - 1);
      this.state.page = Math.min(this.state.page, last);
      const from = this.state.page * PAGE;
      for (const update of this.tools) update(this.state);
      rf.table.draw(this, this.table, pinned, rest.slice(from, from + PAGE));
      this.pager(this.state, rest.length, PAGE);
      this.tray();
      writeState(this.model, this.state);
    }

    // ---- what the rooms ask for

    change(patch) {
      this.look();
      this.state = { ...this.state, ...patch };
      if ("stat" in patch) this.useStat();
      if ("x" in patch || "y" in patch || "stat" in patch || "q" in patch || "sort" in patch || "facets" in patch || "ranges" in patch) this.filter();
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

    /* Puts a column before another one, or behind it where it comes from the left. */
    moveColumn(key, onto) {
      const keys = this.model.shown(this.state).map((col) => col.k);
      const [from, to] = [keys.indexOf(key), keys.indexOf(onto)];
      if (from < 1 || to < 0) return;
      keys.splice(from, 1);
      keys.splice(Math.max(1, to), 0, key);
      const lock = new Set(this.state.lock);
      // Between two that stay, a column stays too; before the first that moves, it moves.
      if (to > 0 && from > to && lock.has(onto)) lock.add(key);
      this.change({ cols: keys.slice(1), lock: keys.filter((one) => lock.has(one)) });
      rf.say(rf.t("{name} is column {n}", { name: this.label(key), n: Math.max(1, to) + 1 }));
    }

    /* Keeps runs on top of the table, or lets them go. */
    pinRuns(ids, on) {
      const rest = this.state.pin.filter((id) => !ids.includes(id));
      this.change({ pin: on ? [...rest, ...ids] : rest });
      const said = /* said: */ on ? "{n} runs stay on top" : "{n} runs no longer stay on top";
      rf.say(rf.t(said, { n: ids.length }));
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
