/* The output of a run: a search that steps through its matches, only warnings, earlier lines.
     <section data-rf="log" data-id="…" data-total="…" data-src="data/runs/….output.js">
       around an ol.log of li#L1, li#L2, … whose classes are err, error, warn, debug
   The lines before those of the page come in a data file:
     rf("output", id, {v, first, lines: [text or [[piece, classes], …]], looks: {index: classes}}) */
(function () {
  "use strict";

  const MOST_MARKS = 2000;
  const FEW = 9;
  const KINDS = /* said: */ [
    ["", "All lines"],
    [".error, .warn", "Warnings and errors"],
    [".err", "Only stderr"],
  ];

  class Log {
    constructor(section) {
      this.section = section;
      this.list = section.querySelector("ol.log");
      this.hits = [];
      this.at = -1;
      this.kind = "";
      this.only = false;
      this.text = "";
      if (window.CSS && CSS.highlights) {
        this.marks = new Highlight();
        CSS.highlights.set("rf-log", this.marks);
      }
    }

    get lines() {
      return this.list.children;
    }

    /* Go through all lines anew: which are shown, which hold the text. */
    apply() {
      const wanted = this.text.toLowerCase();
      this.hits = [];
      for (const line of this.lines) {
        const hit = wanted !== "" && line.textContent.toLowerCase().includes(wanted);
        line.hidden = (this.kind !== "" && !line.matches(this.kind)) || (this.only && wanted !== "" && !hit);
        line.classList.toggle("hit", hit);
        line.classList.remove("now");
        if (hit && !line.hidden) this.hits.push(line);
      }
      this.at = -1;
      this.mark(wanted);
      this.tell();
      if (this.hits.length) this.go(1);
    }

    mark(wanted) {
      if (!this.marks) return;
      this.marks.clear();
      for (const line of this.hits) {
        if (this.marks.size >= MOST_MARKS) return;
        for (const range of rangesOf(line, wanted)) this.marks.add(range);
      }
    }

    go(by) {
      if (!this.hits.length) return;
      if (this.at >= 0) this.hits[this.at].classList.remove("now");
      // From nowhere the first step back leads to the last line.
      this.at = this.at < 0 && by < 0 ? this.hits.length - 1 : (this.at + by + this.hits.length) % this.hits.length;
      const line = this.hits[this.at];
      line.classList.add("now");
      this.reveal(line);
      this.tell();
    }

    reveal(line) {
      const top = line.offsetTop - this.list.offsetTop;
      if (top < this.list.scrollTop || top > this.list.scrollTop + this.list.clientHeight - 40) {
        this.list.scrollTop = top - this.list.clientHeight / 3;
      }
    }

    tell() {
      const { hits, at, text } = this;
      this.count.textContent =
        text === ""
          ? ""
          : hits.length
            ? rf.t("{at} of {n}", { at: rf.number(at + 1), n: rf.number(hits.length) })
            : rf.t("nothing found");
      if (text !== "") rf.say(this.count.textContent);
      this.back.disabled = this.ahead.disabled = hits.length === 0;
    }

    /* The line that the address names: in view, its earlier ones loaded if need be. */
    async fromAddress() {
      const found = /^#L(\d+)$/.exec(location.hash);
      if (!found) return false;
      if (!document.getElementById(found[0].slice(1)) && this.earlier) await this.load();
      const line = document.getElementById(found[0].slice(1));
      if (!line || !this.list.contains(line)) return false;
      this.reveal(line);
      for (const other of this.list.querySelectorAll(".target")) other.classList.remove("target");
      line.classList.add("target");
      this.section.scrollIntoView({ block: "nearest" });
      return true;
    }

    async load() {
      const { id, src } = this.section.dataset;
      try {
        const payload = await rf.load("output", id, src);
        if (!this.earlier) return;
        const height = this.list.scrollHeight;
        this.list.prepend(...payload.lines.map((line, at) => lineOf(line, payload.first + at, payload.looks[at])));
        this.list.start = payload.first;
        this.list.scrollTop += this.list.scrollHeight - height;
        this.earlier.remove();
        this.earlier = null;
        if (this.text || this.kind) this.apply();
      } catch (error) {
        this.section.querySelector(".card-body").prepend(rf.notice(error.message, "warn"));
      }
    }
  }

  function lineOf(line, number, look) {
    const pieces = typeof line === "string" ? [[line, ""]] : line;
    const parts = pieces.map(([text, classes]) => (classes ? rf.el("span", { class: classes }, text) : text));
    return rf.el("li", { id: "L" + number, class: look || null }, ...parts);
  }

  /* The places of a text in a line, whose colours may cut it into pieces. */
  function* rangesOf(line, wanted) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const nodes = [];
    let length = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      nodes.push([length, node]);
      length += node.data.length;
    }
    const place = (at) => nodes.findLast(([start]) => start <= at);
    const text = line.textContent.toLowerCase();
    if (text.length !== length) return; // a letter whose small form is longer
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      const [first, start] = place(at);
      const [last, end] = place(at + wanted.length - 1);
      range.setStart(start, at - first);
      range.setEnd(end, at + wanted.length - last);
      yield range;
    }
  }

  function button(icon, label, click) {
    const made = rf.el(
      "button",
      { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": label, title: label, disabled: true },
      rf.icon(icon),
    );
    made.addEventListener("click", click);
    return made;
  }

  function searchTools(log) {
    const label = rf.t("Search output");
    const box = rf.el("input", { type: "search", class: "input", placeholder: label, "aria-label": label });
    box.addEventListener(
      "input",
      rf.debounce(120, () => {
        log.text = box.value;
        log.apply();
      }),
    );
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      log.go(event.shiftKey ? -1 : 1);
    });
    const only = rf.el("input", { type: "checkbox", class: "check" });
    only.addEventListener("change", () => {
      log.only = only.checked;
      log.apply();
    });
    log.count = rf.el("span", { class: "num log-count" });
    log.back = button("up", rf.t("Previous match"), () => log.go(-1));
    log.ahead = button("down", rf.t("Next match"), () => log.go(1));
    return [rf.el("label", null, only, rf.t("Only matches")), log.count, log.back, log.ahead, box];
  }

  function kindSelect(log) {
    const there = KINDS.filter(([kind]) => !kind || log.list.querySelector(kind) || log.earlier);
    if (there.length < 2) return null;
    const options = there.map(([kind, words]) => rf.el("option", { value: kind }, rf.t(words)));
    const select = rf.el("select", { class: "select", "aria-label": rf.t("Which lines") }, ...options);
    select.addEventListener("change", () => {
      log.kind = select.value;
      log.apply();
    });
    return select;
  }

  rf.part("log", (section) => {
    const log = new Log(section);
    if (section.dataset.src) {
      const count = Number(section.dataset.total) - log.lines.length;
      log.earlier = rf.el(
        "button",
        { type: "button", class: "btn btn-small log-earlier no-print" },
        rf.t("Show the {n} earlier lines", { n: rf.number(count) }),
      );
      log.earlier.addEventListener("click", () => log.load());
      log.list.before(log.earlier);
    }
    if (log.lines.length > FEW || log.earlier) {
      const tools = rf.el("div", { class: "rows-tools log-tools no-print" }, kindSelect(log), ...searchTools(log));
      section.querySelector(".card-head").append(tools);
    } else {
      searchTools(log);
    }
    log.list.addEventListener("click", (event) => {
      // The number stands left of the text.
      const line = event.target.closest("li");
      if (line && event.target === line && event.offsetX < 0) history.replaceState(history.state, "", "#" + line.id);
      if (line && event.target === line && event.offsetX < 0) log.fromAddress();
    });
    log.list.scrollTop = log.list.scrollHeight;
    log.fromAddress();
    addEventListener("hashchange", () => log.fromAddress());
  });
})();
