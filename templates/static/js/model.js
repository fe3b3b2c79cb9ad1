/* The board without a page: columns, filters, counts, order. board.js owns the state that is
   passed in; nothing here touches the document.

   state  { q, sort: [[key, 1|-1], …], facets: Map key → Set of texts, ranges: Map key → [lo, hi],
            cols: keys in order or null, lock: keys that stay at the left, pin: ids on top,
            stat: "" | last | best | min | max, sel: array of ids, page, compact }              */
(function () {
  "use strict";

  const NUMERIC = new Set(["num", "dur", "time"]);
  const FACETS = new Set(["status", "tags", "cat"]);
  const MOST_FACET_VALUES = 20;
  const MOST_NUMBERS = 12;
  const SORTINGS = 4; // kept: the one before is often asked for again
  /* `/regex/` before the rest of a search; a slash inside is written \\/ */
  const REGEX = /^\s*\/((?:\\.|[^/\\])+)\/(?=\s|$)/;

  class Model {
    constructor(payload) {
      this.n = payload.n;
      this.ids = payload.ids;
      this.cols = payload.cols;
      this.byKey = new Map(payload.cols.map((col) => [col.k, col]));
      this.rowOf = new Map(payload.ids.map((id, row) => [id, row]));
      this.primary = payload.primary || "";
      this.baseline = Number.isInteger(payload.baseline) ? payload.baseline : -1;
      this.sort = payload.sort || [];
      this.orders = new Map();
      this.names = this.cols.find((col) => col.t === "run").v;
      this.members = payload.members || null;
      this.stat = "";
      this.others = null;
      this.by = null; // what else another value of the metrics changes; null: nothing
      this.sortings = new Map();
      for (const col of this.cols) codeNumbers(col);
      this.facets = this.cols.filter((col) => isFacet(col));
      this.numbers = this.cols.filter((col) => NUMERIC.has(col.t) && col.t !== "time");
      for (const col of this.cols) if (NUMERIC.has(col.t)) this.measure(col);
      this.ranks = this.ranked = ranksOf(this.byKey.get(this.primary), this.ids.keys());
      this.rowOfMember = new Map();
      for (let row = 0; row < this.n; row++) for (const id of this.runsOf(row)) this.rowOfMember.set(id, row);
    }

    // ---- rows

    /* The runs of a row: itself, or the members of a group. */
    runsOf(row) {
      return this.members ? this.members.ids[row] : [this.ids[row]];
    }

    /* The name of a run, also of one inside a group. */
    nameOf(id) {
      const row = this.rowOfMember.get(id);
      if (row === undefined) return id;
      if (!this.members) return this.name(row);
      return this.members.names[row][this.members.ids[row].indexOf(id)].trim() || id;
    }

    // ---- which value of a metric is shown

    /* `others`: the payload of the stats file (RunTable.stats); all that follows from the values
       comes from it: ranks, spreads, intervals, differences, tests, members and the sentence. */
    useStat(stat, others) {
      if (others) this.others = others;
      if (stat === this.stat || (stat && !this.others)) return;
      this.stat = stat;
      this.sortings.clear();
      const primary = this.byKey.get(this.primary);
      const by = this.others.by || {};
      this.by = (stat && primary && by[valueName(primary, stat)]) || null;
      const follows = new Set(Object.values(by).flatMap((one) => Object.keys(one.cols)));
      for (const col of this.cols) {
        const metric = col.k.startsWith("m:");
        if (!metric && !follows.has(col.k)) continue;
        const { v, dec, pm } = (col.plain ??= { v: col.v, dec: col.dec, pm: col.pm });
        const other = this.by && follows.has(col.k) ? { pm: null, ...this.by.cols[col.k] } : { dec, pm };
        col.v = metric ? this.valuesOf(col, stat) : this.by ? other.v || v.map(() => null) : v;
        [col.dec, col.pm] = [other.dec === undefined ? dec : other.dec, other.pm];
        if (NUMERIC.has(col.t)) this.measure(col);
        this.orders.delete(col.k);
      }
      this.ranks = this.by ? ranksOf(primary, this.sorted([[primary.k, -primary.dir]])) : this.ranked;
    }

    valuesOf(col, stat) {
      const found = stat && (this.others.cols[col.k] || {})[valueName(col, stat)];
      return found ? col.plain.v.map((v, row) => found[row] ?? v) : col.plain.v;
    }

    /* Which of a run's values a metric's column shows: last, best, min, max, mean. */
    shows(col) {
      if (!this.stat || !col.stat) return col.stat || "";
      return this.stat === "best" && !col.dir ? "last" : this.stat;
    }

    /* The members of a group with their values, the best first: [{id, name, value, origin}]. */
    membersOf(row) {
      const { ids, names, v, origins } = this.members;
      const values = this.by ? this.by.members[row] : v[row];
      const all = ids[row].map((id, at) => ({
        id,
        name: names[row][at],
        value: values[at],
        origin: origins ? origins[row][at] : "",
      }));
      const way = this.byKey.get(this.primary).dir;
      const last = (one) => (one.value === null ? 1 : 0);
      return this.by ? all.sort((a, b) => last(a) - last(b) || (b.value - a.value) * way) : all;
    }

    // ---- columns

    isNumeric(col) {
      return NUMERIC.has(col.t);
    }

    /* Lowest and highest number of a column, and the best one (null where all are alike). */
    measure(col) {
      let low = Infinity;
      let high = -Infinity;
      for (const v of col.v) {
        if (v === null) continue;
        if (v < low) low = v;
        if (v > high) high = v;
      }
      col.low = low <= high ? low : null;
      col.high = low <= high ? high : null;
      col.top = col.dir && !col.sign && low < high ? (col.dir > 0 ? high : low) : null;
    }

    isBest(col, row) {
      return col.top !== null && col.v[row] === col.top;
    }

    /* Length of the thin bar, 0..100, or -1 for none: site/table.py has the same rule. */
    share(col, row) {
      const value = col.v[row];
      if (!col.bar || value === null) return -1;
      const low = Math.min(0, col.low);
      return col.high > low ? Math.floor((100 * (value - low)) / (col.high - low) + 0.5) : 100;
    }

    /* A cell as text: what is shown, searched and copied. */
    text(col, row) {
      const value = col.v[row];
      if (value === null || value === undefined) return "";
      if (col.t === "num") return (col.sign && value > 0 ? "+" : "") + rf.number(value, col.dec);
      if (col.t === "range") return value.map((end) => rf.number(end, col.dec)).join(" to ");
      if (col.t === "dur") return rf.duration(value);
      if (col.t === "time") return rf.time(value);
      if (col.t === "cat" || col.t === "status") return col.d[value];
      if (col.t === "tags") return value.map((index) => col.d[index]).join(", ");
      if (col.t === "spark") return "";
      return String(value);
    }

    /* What stands behind a mean: "± 0.01", or "". */
    spread(col, row) {
      const value = col.pm ? col.pm[row] : null;
      return value === null || value === undefined ? "" : "± " + rf.number(value, col.dec);
    }

    /* Whether a difference is good or bad. */
    tone(col, row) {
      const value = col.sign ? col.v[row] : 0;
      return !value || !col.dir ? "" : value * col.dir > 0 ? "good" : "bad";
    }

    /* The shown columns from left to right: the name, those that stay, the rest in their order. */
    shown(state) {
      const chosen = state.cols
        ? state.cols.map((key) => this.byKey.get(key)).filter((col) => col && col.t !== "run")
        : this.cols.filter((col) => col.show && col.t !== "run");
      const lock = new Set(state.lock);
      return [
        this.cols.find((col) => col.t === "run"),
        ...chosen.filter((col) => lock.has(col.k)),
        ...chosen.filter((col) => !lock.has(col.k)),
      ];
    }

    /* A name that shows nothing gives way to the id. */
    name(row) {
      return this.names[row].trim() ? this.names[row] : this.ids[row];
    }

    /* The name with every digit: that of a group is shown with fewer. */
    exact(row) {
      return (this.members && this.members.exact && this.members.exact[row]) || this.name(row);
    }

    /* The source that a run comes from, "" for the runs of the store itself. */
    origin(row) {
      const col = this.byKey.get("origin");
      return col && col.v[row] !== null ? col.d[col.v[row]] : "";
    }

    /* "1", "=2" where other rows have the same value, "–" without one. */
    rank(row) {
      return this.ranks[row];
    }

    // ---- order

    /* A number for each row that sorts like the column; NaN where it has no value. */
    order(col) {
      if (!this.orders.has(col.k)) this.orders.set(col.k, this.makeOrder(col));
      return this.orders.get(col.k);
    }

    makeOrder(col) {
      if (NUMERIC.has(col.t)) return Float64Array.from(col.v, (v) => (v === null ? NaN : v));
      if (col.t === "range") return Float64Array.from(col.v, (v) => (v === null ? NaN : v[0]));
      if (col.d && col.t !== "tags") return Float64Array.from(col.v, (v) => (v === null ? NaN : v));
      const texts = Array.from({ length: this.n }, (_, row) => this.text(col, row));
      const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
      const ranks = new Map(
        [...new Set(texts)].sort(collator.compare).map((text, index) => [text, index]),
      );
      return Float64Array.from(texts, (text) => (text === "" ? NaN : ranks.get(text)));
    }

    /* The direction of a first click: what a reader wants to see on top. */
    firstDirection(col) {
      if (col.dir) return col.dir > 0 ? -1 : 1;
      return col.t === "time" || (NUMERIC.has(col.t) && col.g === "Metrics") ? -1 : 1;
    }

    /* All rows in the order of a sort; kept, so that typing a filter sorts nothing. */
    sorted(sort) {
      const name = JSON.stringify(sort);
      if (!this.sortings.has(name)) {
        if (this.sortings.size >= SORTINGS) this.sortings.clear();
        this.sortings.set(name, this.makeSorted(sort));
      }
      return this.sortings.get(name);
    }

    makeSorted(sort) {
      const rows = Array.from({ length: this.n }, (_, row) => row);
      const keys = sort
        .map(([key, direction]) => [this.byKey.get(key), direction])
        .filter(([col]) => col)
        .map(([col, direction]) => [this.order(col), direction]);
      if (!keys.length) return rows;
      const orders = keys.map(([order]) => order);
      const ways = keys.map(([, direction]) => direction);
      return rows.sort((a, b) => {
        for (let at = 0; at < orders.length; at++) {
          const left = orders[at][a];
          const right = orders[at][b];
          if (left < right) return -ways[at];
          if (left > right) return ways[at];
          if (left === right) continue;
          const leftMissing = left !== left;
          const rightMissing = right !== right;
          if (leftMissing !== rightMissing) return leftMissing ? 1 : -1; // missing always last
        }
        return a - b; // rank order keeps equal rows steady
      });
    }

    // ---- filters and counts

    /* { rows, counts }: matching rows in order; counts() gives for each facet column how many rows
       each of its values would show under all the other filters. */
    view(state) {
      const asks = this.asks(state);
      const rows = [];
      const others = new Map(asks.map((ask) => [ask.col, []]));
      const tests = [...this.rangeTests(state), this.query(state.q)];
      for (const row of this.sorted(state.sort)) {
        if (!tests.every((test) => test(row))) continue;
        const failed = failing(asks, row);
        if (failed === null) rows.push(row);
        else if (failed && failed.col.t !== "tags") others.get(failed.col).push(row);
      }
      return { rows, counts: () => this.counts(rows, others) };
    }

    counts(rows, others) {
      const counts = new Map(this.facets.map((col) => [col.k, new Uint32Array(col.d.length)]));
      for (const col of this.facets) count(col, counts.get(col.k), rows);
      for (const [col, some] of others) if (some.length) count(col, counts.get(col.k), some);
      return counts;
    }

    asks(state) {
      const asks = [];
      for (const [key, texts] of state.facets) {
        const col = this.byKey.get(key);
        if (!col || !texts.size) continue;
        const wanted = new Set([...texts].map((text) => col.d.indexOf(text)));
        asks.push({ col, wanted, codes: col.codes || col.v });
      }
      return asks;
    }

    rangeTests(state) {
      const tests = [];
      for (const [key, [low, high]] of state.ranges) {
        const col = this.byKey.get(key);
        if (!col) continue;
        tests.push((row) => {
          const value = col.v[row];
          return (
            Number.isFinite(value) && (low === null || value >= low) && (high === null || value <= high)
          );
        });
      }
      return tests;
    }

    /* The test that a search text asks for; a half-typed one leaves the last good one in force. */
    query(text) {
      this.source ??= new rf.Source(this);
      this.trouble = "";
      try {
        const [pattern, rest] = split(text);
        const test = rf.filter.compile(rest, this.source);
        const words = pattern && regex(pattern);
        this.test = words ? (row) => this.source.words(row).some((word) => words.test(word)) && test(row) : test;
        const unknown = this.source.unknown(rf.filter.parse(rest));
        if (unknown.length) this.trouble = rf.t("No run of this table has {names}.", { names: unknown.join(", ") });
      } catch (mistake) {
        if (mistake.column === undefined) throw mistake;
        this.trouble = rf.t("Column {n}: {what}.", { n: mistake.column, what: mistake.message });
        this.test ??= () => true;
      }
      return this.test;
    }
  }

  /* [the pattern between slashes or "", the rest]: a pattern takes its place, so columns count on. */
  function split(text) {
    const found = REGEX.exec(text);
    return found ? [found[1], " ".repeat(found[0].length) + text.slice(found[0].length)] : ["", text];
  }

  function regex(pattern) {
    try {
      return new RegExp(pattern, "i");
    } catch {
      throw Object.assign(new Error(rf.t("the regular expression is wrong")), { column: 2 });
    }
  }

  /* Which of the stats file's values "best" is, by the direction of the column. */
  const valueName = (col, stat) => (stat !== "best" ? stat : col.dir > 0 ? "max" : col.dir < 0 ? "min" : "last");

  /* The twin of RunTable.ranks; `rows` are in rank order. */
  function ranksOf(col, rows) {
    if (!col) return [];
    const counts = new Map();
    for (const v of col.v) counts.set(v, (counts.get(v) || 0) + 1);
    const first = new Map();
    const ranks = new Array(col.v.length);
    let place = 0;
    for (const row of rows) {
      const v = col.v[row];
      place++;
      if (v !== null && !first.has(v)) first.set(v, place);
      ranks[row] = v === null ? "–" : (counts.get(v) > 1 ? "=" : "") + first.get(v);
    }
    return ranks;
  }

  /* A param with few different numbers (three learning rates, say) is a filter of values, too. */
  function codeNumbers(col) {
    if (col.t !== "num" || !col.show || !col.k.startsWith("p:")) return;
    const found = new Set();
    for (const v of col.v) {
      if (v !== null) found.add(v);
      if (found.size > MOST_NUMBERS) return;
    }
    const values = [...found].sort((a, b) => a - b);
    if (values.length < 2) return;
    const place = new Map(values.map((v, index) => [v, index]));
    col.d = values.map((v) => rf.number(v, col.dec));
    col.codes = col.v.map((v) => (v === null ? null : place.get(v)));
  }

  function isFacet(col) {
    if (col.codes) return true;
    if (!FACETS.has(col.t) || !col.d.length) return false;
    if (col.t !== "cat" || col.k === "origin") return true;
    return col.d.length >= 2 && col.d.length <= MOST_FACET_VALUES;
  }

  /* null: every facet lets the row pass; an ask: only that one stops it; undefined: several do. */
  function failing(asks, row) {
    let failed = null;
    for (const ask of asks) {
      if (passes(ask, row)) continue;
      if (failed) return undefined;
      failed = ask;
    }
    return failed;
  }

  /* Tags narrow (all of them), values of one text column widen (any of them). */
  function passes({ col, wanted, codes }, row) {
    const value = codes[row];
    if (col.t !== "tags") return wanted.has(value);
    for (const index of wanted) if (!value || !value.includes(index)) return false;
    return true;
  }

  function count(col, tally, rows) {
    const values = col.codes || col.v;
    const tags = col.t === "tags";
    for (const row of rows) {
      const value = values[row];
      if (value === null || value === undefined) continue;
      if (tags) for (const index of value) tally[index]++;
      else tally[value]++;
    }
  }

  rf.Model = Model;
})();
