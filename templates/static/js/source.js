/* A board's columns as the filter language asks for them (rf.filter.compile). */
(function () {
  "use strict";

  /* Doubles as DuckDB writes them, so that `~` and `*` see the same text as the command line. */
  function plain(number) {
    if (number === null) return null;
    return Number.isInteger(number) && Math.abs(number) < 1e15 ? number.toFixed(1) : String(number);
  }

  const seconds = (value) => new Date(value * 1000).toISOString().slice(0, 19).replace("T", " ");

  /* A function from a row to { text, number } or null. */
  function reader(model, col) {
    return (row) => {
      const value = col.v[row];
      if (value === null || value === undefined) return null;
      if (col.t === "time") return { text: seconds(value), number: null };
      if (col.t === "num" || col.t === "dur") return { text: plain(value), number: value };
      const text = model.text(col, row);
      const number = col.g === "Parameters" && text.trim() !== "" ? Number(text) : NaN;
      return { text, number: Number.isNaN(number) ? null : number };
    };
  }

  function split(tag) {
    const at = tag.indexOf("=");
    return at < 0 ? [tag, ""] : [tag.slice(0, at), tag.slice(at + 1)];
  }

  class Source {
    constructor(model) {
      this.model = model;
      this.texts = new Array(model.n);
      this.lowered = new Array(model.n);
      this.readers = new Map(model.cols.map((col) => [col.k, reader(model, col)]));
      this.tagCol = model.cols.find((col) => col.t === "tags");
      this.tagPairs = this.tagCol ? this.tagCol.d.map(split) : [];
      this.wordCols = ["experiment", "group"].map((key) => model.byKey.get(key)).filter(Boolean);
    }

    words(row) {
      return (this.texts[row] ??= this.wordsOf(row));
    }

    lower(row) {
      return (this.lowered[row] ??= this.wordsOf(row).join("\u0000").toLowerCase());
    }

    wordsOf(row) {
      const { model } = this;
      const tags = this.tagCol ? this.tagCol.v[row].map((index) => this.tagCol.d[index]) : [];
      const texts = this.wordCols.map((col) => model.text(col, row));
      const members = model.members ? model.members.names[row] : [];
      return [model.names[row], model.ids[row], ...texts, ...tags, ...members];
    }

    tags(row) {
      return this.tagCol ? this.tagCol.v[row].map((index) => this.tagPairs[index]) : [];
    }

    run(column, row) {
      if (column === "run_id") return { text: this.model.ids[row], number: null };
      if (column === "name") return { text: this.model.names[row], number: null };
      const found = this.read(column, row);
      return found || column !== "origin" ? found : { text: "", number: null };
    }

    param(key, row) {
      return this.read("p:" + key, row);
    }

    metric(key, row) {
      return this.read("m:" + key, row);
    }

    read(key, row) {
      const read = this.readers.get(key);
      return read ? read(row) : null;
    }

    /* The names in a filter that no column of this table answers to. */
    unknown(terms) {
      const known = (term) => {
        if (term.kind === "words" || term.kind === "tagged") return true;
        if (term.scope === "run") return ["run_id", "name", "origin"].includes(term.key) || this.readers.has(term.key);
        if (term.scope === "any") return this.readers.has("p:" + term.key) || this.readers.has("m:" + term.key);
        return this.readers.has(term.scope[0] + ":" + term.key);
      };
      return terms.filter((term) => !known(term)).map((term) => term.key);
    }
  }

  rf.Source = Source;
})();
