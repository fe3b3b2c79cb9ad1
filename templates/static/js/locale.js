/* Dates and numbers as this reader writes them, on request; for all others, in exports and
   in what is copied as data they stay as they were written: 2026-11-21 16:40 in UTC, 0.9956.
     <button data-locale-button>       in the foot of every page
     rf.written(element)               its text as it was written, for what sorts or compares it */
(function () {
  "use strict";

  const KEY = "runfolio.locale";
  const MINE = "mine";
  // Whole texts of people (notes, code, names) are not ours to rewrite; runs' names may be numbers.
  const NEVER = "code, pre, textarea, script, style, .mono";
  const THEIRS = ".prose, a[href]:not(.num)"; // but for cells of tables that we make
  // Names stand in these, also those that look like a moment.
  const NAMES = "h1, .tag, .facet-text, .pill, option, svg";
  const OURS = ".num, .tile-value";
  // One number: not a part of a version, of a word, or of digits without marks between thousands.
  const NUMBER = /(?<![\w.,])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?!\d|[.,]\d)/g;

  let on = false;
  let marks = null; // how this reader separates thousands and decimals
  let clock = null;
  const known = new WeakMap(); // text node → what was written, and what stands there instead

  function learn() {
    // Marks that go with the digits that stand there.
    const parts = new Intl.NumberFormat(undefined, { useGrouping: true, numberingSystem: "latn" }).formatToParts(1234567.5);
    const of = (type, usual) => (parts.find((part) => part.type === type) || { value: usual }).value;
    marks = { ",": of("group", ","), ".": of("decimal", ".") };
    // The zone stays that of the charts, of the address and of whom one talks to.
    clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
  }

  const number = (text) => text.replace(NUMBER, (found) => found.replace(/[.,]/g, (mark) => marks[mark]));

  function mine(text, parent) {
    const moment = parent.closest(NAMES) ? null : rf.moment(text);
    if (moment) return clock.format(moment);
    if (parent.closest("svg")) return text.replace(NUMBER, "").match(/\p{L}{3}/u) ? text : number(text);
    return parent.closest(OURS) ? number(text) : text;
  }

  function turn(node) {
    const parent = node.parentElement;
    if (!parent || parent.closest(NEVER)) return;
    if (parent.closest(THEIRS) && !parent.closest("td.num")) return;
    const before = known.get(node);
    const written = before && before.shown === node.data ? before.written : node.data;
    const shown = on ? mine(written, parent) : written;
    if (shown === node.data) return;
    known.set(node, { written, shown });
    node.data = shown;
  }

  function texts(root, each) {
    if (root.nodeType === Node.TEXT_NODE) return each(root);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) each(walker.currentNode);
  }

  const watch = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") turn(change.target);
      else for (const node of change.addedNodes) texts(node, turn);
    }
  });

  function apply(wanted) {
    on = wanted;
    if (on && !marks) learn();
    const main = document.getElementById("main");
    watch.disconnect();
    texts(main, turn);
    if (on) watch.observe(main, { childList: true, characterData: true, subtree: true });
    for (const button of document.querySelectorAll("[data-locale-button]")) {
      button.textContent = on ? rf.t("Dates and numbers as written") : rf.t("Dates and numbers my way");
    }
  }

  rf.written = function (element) {
    if (!on) return element.textContent;
    let text = "";
    texts(element, (node) => {
      const found = known.get(node);
      text += found && found.shown === node.data ? found.written : node.data;
    });
    return text;
  };

  function stored(value) {
    // Reading storage throws where cookies are blocked: the choice then lasts for this page only.
    try {
      if (value !== undefined) localStorage.setItem(KEY, value);
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-locale-button]")) return;
      apply(!on);
      stored(on ? MINE : "");
    });
    if (stored() === MINE) rf.idle(() => apply(true)); // after the parts have read their tables
  });
})();
