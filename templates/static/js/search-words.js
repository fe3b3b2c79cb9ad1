/* Texts to words for search: the twin of site/gather/search_words.py, tested against the same
   table (tests/data/search_cases.json).

   rf.search.fold(text), rf.search.words(text), rf.search.pair(text), rf.search.mark(text, words) */
(function () {
  "use strict";

  const LONGEST_WORD = 40;
  const LONGEST_PAIR = 80;
  const TOKEN = /[0-9]+(?:\.[0-9]+)*(?:e[+-]?[0-9]+)?(?![\p{L}\p{N}])|[\p{L}\p{N}]+/gu;
  const UNSPACED =
    /([\u2e80-\u2fff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]+)/u;
  const PLAIN = new Map(
    Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ħ: "h", ı: "i", ς: "σ" }),
  );
  // eslint-disable-next-line no-control-regex
  const ASCII = /^[\x00-\x7f]*$/;

  function foldLetter(letter) {
    let text = "";
    for (const part of letter.normalize("NFKD")) {
      if (/\p{M}/u.test(part)) continue;
      for (const low of part.toLowerCase()) text += PLAIN.get(low) || low;
    }
    return text;
  }

  const fold = (text) => (ASCII.test(text) ? text.toLowerCase() : Array.from(text, foldLetter).join(""));

  const short = (word, most) => (word.length <= most ? word : Array.from(word).slice(0, most).join(""));

  function pairs(text, asked) {
    const letters = Array.from(text);
    const found = letters.slice(0, -1).map((letter, at) => letter + letters[at + 1]);
    return asked && found.length ? found : [...found, letters[letters.length - 1]];
  }

  /* The words of a text; of a query unless `asked` is false. */
  function words(text, asked = true) {
    const found = new Set();
    for (const token of fold(text).match(TOKEN) || []) {
      for (const part of ASCII.test(token) ? [token] : token.split(UNSPACED)) {
        if (!part) continue;
        const some = UNSPACED.test(part) ? pairs(part, asked) : [short(part, LONGEST_WORD)];
        for (const word of some) found.add(word);
      }
    }
    return [...found];
  }

  const pair = (text) => short(fold(text).split(/\s+/).filter(Boolean).join(" "), LONGEST_PAIR);

  // ---- marks in a text that is shown

  /* The folded text, and for each of its units the place in the text that it came from. */
  function traced(text) {
    let plain = "";
    const places = [];
    let at = 0;
    for (const letter of text) {
      const low = foldLetter(letter);
      for (let i = 0; i < low.length; i++) places.push(at);
      plain += low;
      at += letter.length;
    }
    places.push(text.length);
    return { plain, places };
  }

  const isLetter = (text, at) => at >= 0 && /[\p{L}\p{N}]/u.test(text[at] || "");

  /* Where words begin in a text: [[from, to], …] in order, without overlaps. */
  function spans(text, terms) {
    const { plain, places } = traced(text);
    const found = [];
    for (const term of terms) {
      if (!term) continue;
      for (let at = plain.indexOf(term); at >= 0; at = plain.indexOf(term, at + term.length)) {
        if (!UNSPACED.test(term) && isLetter(plain, at - 1)) continue;
        let end = at + term.length;
        while (places[end] === places[end - 1] && end < plain.length) end++;
        found.push([places[at], places[end]]);
      }
    }
    found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    const apart = [];
    for (const span of found) {
      const last = apart[apart.length - 1];
      if (last && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
      else apart.push(span);
    }
    return apart;
  }

  /* A text as nodes with <mark> around what was looked for. */
  function mark(text, terms) {
    const nodes = [];
    let at = 0;
    for (const [from, to] of spans(text, terms)) {
      if (from > at) nodes.push(text.slice(at, from));
      nodes.push(rf.el("mark", null, text.slice(from, to)));
      at = to;
    }
    nodes.push(text.slice(at));
    return nodes;
  }

  rf.search = Object.assign(rf.search || {}, { fold, words, pair, spans, mark });
})();
