/* A whole site in one file: pages, scripts, data and downloads lie packed in pieces of base64,
   inside this document or in scripts beside it, and perhaps locked with a passphrase. How they are
   packed: src/runfolio/publish/bundle.py.

   Each page has an address, bundle.html?runs/a.html#state, which works in a new tab and after a
   reload. A click replaces the document's root by the other page and runs its scripts afresh
   (early.js clears the window before). Scripts run inline: the policy of the file names the hash
   of each one that may. Data files are parsed, never run. */
(function () {
  "use strict";

  const early = window.rfEarly;
  const header = JSON.parse(document.getElementById("bundle").textContent);
  const words = header.words;
  const inside = new Map();
  for (const node of document.querySelectorAll("script[data-piece]")) inside.set(Number(node.dataset.piece), node);

  const say = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));

  // ---- bytes

  const from64 = (text) =>
    Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const utf8 = new TextEncoder();
  const readable = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

  /* The last results of `make(key)`, so that neighbours are not unpacked twice. */
  function kept(most, make) {
    const known = new Map();
    return (key) => {
      const found = known.get(key) || make(key);
      known.delete(key);
      known.set(key, found);
      found.catch(() => known.delete(key));
      if (known.size > most) known.delete(known.keys().next().value);
      return found;
    };
  }

  const arriving = new Map();
  window.rfPiece = (number, text) => arriving.set(number, text);

  function beside(number) {
    return new Promise((resolve, reject) => {
      const file = header.files[number];
      const script = document.createElement("script");
      script.src = file;
      const end = () => {
        const text = arriving.get(number);
        arriving.delete(number);
        script.remove();
        if (text === undefined) reject(new Error(say(location.protocol === "file:" ? words.beside : words.gone, { file })));
        else resolve(text);
      };
      script.onload = end;
      script.onerror = end;
      document.head.append(script);
    });
  }

  let key = null; // of a locked bundle, once it is open

  function opened(bytes, number) {
    const iv = bytes.subarray(0, 12);
    const place = "runfolio bundle 1: piece " + number + " of " + header.pieces + " of " + header.lock.edition;
    const additionalData = utf8.encode(place);
    return crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, bytes.subarray(12)).then(
      (plain) => new Uint8Array(plain),
    );
  }

  const piece = kept(32, async (number) => {
    const node = inside.get(number);
    const bytes = from64(node ? node.textContent : await beside(number));
    return key ? opened(bytes, number) : bytes;
  });

  async function stretch(offset, length) {
    const found = new Uint8Array(length);
    const first = Math.floor(offset / header.size);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / header.size);
    const all = await Promise.all(Array.from({ length: last - first + 1 }, (_, at) => piece(first + at)));
    all.forEach((bytes, at) => {
      const begin = (first + at) * header.size;
      const from = Math.max(offset - begin, 0);
      const to = Math.min(offset + length - begin, bytes.length);
      found.set(bytes.subarray(from, to), begin + from - offset);
    });
    return found;
  }

  async function inflated(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // ---- files

  let index = null;
  let begins = 0; // where the first block lies
  let files = null; // path → [block, start, length, type]

  const block = kept(24, async (number) => {
    const [offset, length, packed] = index.blocks[number];
    const bytes = await stretch(begins + offset, length);
    return packed ? inflated(bytes) : bytes;
  });

  async function bytesOf(path) {
    const [number, start, length] = files.get(path);
    return (await block(number)).subarray(start, start + length);
  }

  const textOf = async (path) => readable(await bytesOf(path));
  const blobOf = async (path) => new Blob([await bytesOf(path)], { type: files.get(path)[3] });

  async function readIndex() {
    if (!window.DecompressionStream) throw new Error(words.old);
    const [a, b, c, d] = await stretch(0, 4);
    const length = a * 0x1000000 + (b << 16) + (c << 8) + d;
    const packed = await stretch(4, length);
    begins = 4 + length;
    index = JSON.parse(readable(await inflated(packed)));
    files = new Map(Object.entries(index.files));
  }

  // ---- addresses

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  const encoded = (path) => "?" + encodeURI(path).replace(/[?#]/g, encodeURIComponent);

  function split(address) {
    const at = address.indexOf("#");
    const path = decoded((at < 0 ? address : address.slice(0, at)).slice(1));
    const hash = at < 0 ? "" : address.slice(at);
    // Mail and chat programs add things such as ?utm_source=…
    if (!path || (!files.has(path) && /^\w+=/.test(path))) return { path: index.open[0], hash: hash || index.open[1] };
    return { path, hash };
  }

  /* The file that a page means by a link: ?path in a bundle, else relative to the page. */
  function meant(src) {
    if (src.startsWith("?")) return split(src).path;
    return decoded(new URL(src, "file:///" + encodeURI(base)).pathname.slice(1));
  }

  const isPage = (path) => path.endsWith(".html") && !/(^|\/)artifacts\//.test(path);

  // ---- one page

  let here = ""; // path of what is shown
  let base = ""; // path of the page that its relative links start from

  async function prepared(path) {
    const known = files.has(path);
    const from = known && isPage(path) ? path : index.front;
    const page = new DOMParser().parseFromString(await textOf(from), "text/html");
    if (from !== path) await show(page, path, known);
    for (const node of page.querySelectorAll("noscript")) node.remove();
    for (const link of page.querySelectorAll("link[data-style]")) {
      const style = page.createElement("style");
      style.textContent = await textOf(link.dataset.style);
      link.replaceWith(style);
    }
    return { path, from, root: page.documentElement, scripts: await scriptsOf(page) };
  }

  /* Data that a page asks for early need not be: rf.load finds them. */
  const scriptsOf = (page) =>
    Promise.all(
      Array.from(page.querySelectorAll("script[data-script]"))
        .filter((node) => !/(^|\/)data\//.test(node.dataset.script) || node.remove())
        .map(async (node) => [node, await textOf(node.dataset.script)]),
    );

  /* A file that is no page, or nothing at all, within the frame of the front page. */
  async function show(page, path, known) {
    const make = (tag, attributes, ...children) => {
      const node = page.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      node.append(...children);
      return node;
    };
    const name = path.split("/").pop();
    const head = make("div", { class: "page-head" }, make("h1", {}, make("bdi", {}, known ? name : words.missing)));
    const stack = make("div", { class: "stack" });
    if (known) {
      const [, , size, type] = files.get(path);
      stack.append(make("p", {}, make("a", { class: "btn btn-primary", href: encoded(path), download: "" }, words.download)));
      if (type.startsWith("image/")) stack.append(make("p", {}, make("img", { "data-file": path, alt: name })));
      else if (/^text\/|json|xml|javascript/.test(type) && size < 1 << 20)
        stack.append(make("div", { class: "code" }, make("pre", { tabindex: "0", "aria-label": name }, make("code", {}, await textOf(path)))));
    } else {
      stack.append(make("p", {}, say(words.unknown, { path })));
    }
    for (const link of page.querySelectorAll("header [aria-current]")) link.removeAttribute("aria-current");
    const main = page.querySelector("main .wrap") || page.body;
    main.replaceChildren(head, stack);
    page.title = known ? name : words.missing;
  }

  function run(node, text) {
    const script = document.createElement("script");
    Object.assign(script.dataset, node ? node.dataset : {});
    script.textContent = text;
    if (node) node.replaceWith(script);
    else document.head.append(script);
    if (window.rf && !window.rf.bundled) install(window.rf);
  }

  /* The page is in the document: its scripts, its pictures. */
  function begin(page) {
    here = page.path;
    base = page.from;
    document.documentElement.classList.remove("bundle-away");
    for (const [node, text] of page.scripts) run(node, text);
    early.ready();
    document.documentElement.dataset.page = here;
    for (const node of document.querySelectorAll("[data-file], [data-poster]")) soon(node);
    if (header.lock) window.rfLock.offer();
  }

  // ---- what the scripts of pages ask rf for

  const parsed = new Map();

  function install(rf) {
    rf.bundled = true;
    rf.load = function (kind, id, src) {
      const name = kind + "\u0000" + id;
      if (!parsed.has(name)) {
        const found = dataOf(meant(src || ""));
        found.catch(() => parsed.delete(name));
        parsed.set(name, found);
      }
      return parsed.get(name);
    };
    rf.script = async function (src, name) {
      if (!name || !rf[name]) run(null, await textOf(meant(src)));
    };
    rf.picture = (picture, src) => picturing(picture, "src", meant(src));
    rf.go = (href) => go(href);
  }

  /* The payload of a data file, which is rf(kind, id, payload) with three pieces of JSON. */
  async function dataOf(path) {
    if (!files.has(path)) throw new Error(say(words.unknown, { path }));
    const text = await textOf(path);
    return JSON.parse("[" + text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")) + "]")[2];
  }

  // ---- pictures and sounds: a blob each, made when it comes near

  const urls = new Map();

  async function picturing(node, attribute, path) {
    node.dataset.wants = path;
    if (!urls.has(path)) urls.set(path, blobOf(path).then((blob) => URL.createObjectURL(blob)));
    try {
      const url = await urls.get(path);
      if (node.dataset.wants === path) node.setAttribute(attribute, url);
    } catch (error) {
      console.warn(path, error);
    }
  }

  function fill(node) {
    const { file, poster } = node.dataset;
    if (poster && files.has(poster)) picturing(node, "poster", poster);
    if (file && files.has(file)) picturing(node, node.localName === "image" ? "href" : "src", file);
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        fill(entry.target);
      }
    },
    { rootMargin: "600px" },
  );

  const soon = (node) => (node.localName === "img" && node.loading === "lazy" ? near.observe(node) : fill(node));
  early.listen(window, "beforeprint", () => document.querySelectorAll("[data-file]").forEach(fill));

  function forget() {
    near.disconnect();
    for (const url of urls.values()) url.then(URL.revokeObjectURL, () => {});
    urls.clear();
    parsed.clear();
  }

  async function save(path) {
    const url = URL.createObjectURL(await blobOf(path));
    const link = document.createElement("a");
    link.href = url;
    link.download = path.split("/").pop();
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  // ---- from page to page

  let turn = 0;
  let entry = 0; // which entry of the history is shown
  const heights = new Map();

  function swap(page) {
    early.reset();
    forget();
    document.replaceChild(document.adoptNode(page.root), document.documentElement);
    begin(page);
  }

  function note(address, push) {
    try {
      if (push) entry = Date.now() + Math.random();
      const state = Object.assign({}, push ? null : history.state, { bundle: entry });
      history[push ? "pushState" : "replaceState"](state, "", address);
    } catch {
      // Where a document has no address of its own (some previews), pages change all the same.
    }
  }

  function place(hash, height) {
    const id = decoded(hash.slice(1));
    const goal = id && !id.includes("=") ? document.getElementById(id) : null;
    const main = document.getElementById("main");
    if (main) main.focus({ preventScroll: true });
    if (height === undefined && goal) goal.scrollIntoView();
    else scrollTo(0, height || 0);
    if (window.rf) rf.say(document.title);
  }

  /* Shows what lies at the address; `back` when the reader went there through the history. */
  async function go(address, back) {
    if (!/^\?/.test(address)) return void (location.href = address);
    const to = split(address);
    if (!back && to.path === here && to.hash && to.hash !== location.hash) return void (location.hash = to.hash);
    const mine = ++turn;
    try {
      const page = await prepared(to.path);
      if (mine !== turn) return;
      heights.set(entry, scrollY);
      if (back) entry = (history.state && history.state.bundle) || 0;
      else note(encoded(to.path) + to.hash, true);
      swap(page);
      place(to.hash, back ? heights.get(entry) || 0 : undefined);
    } catch (error) {
      complain(error);
    }
  }

  function complain(error) {
    console.warn(error);
    document.documentElement.classList.remove("bundle-away");
    const box = document.createElement("div");
    box.className = "notice notice-bad";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = say(words.failed, { why: error.message });
    box.append(text);
    (document.querySelector("main .wrap") || document.body).prepend(box);
  }

  function onClick(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest && event.target.closest("a[href]");
    const href = link && link.getAttribute("href");
    if (!href || !files || /^(#|\/\/|[a-z][a-z0-9+.-]*:)/i.test(href)) return;
    event.preventDefault();
    const address = href.startsWith("?") ? href : encoded(meant(href.replace(/#.*/, ""))) + href.replace(/^[^#]*/, "");
    const { path } = split(address);
    const download = link.hasAttribute("download") && files.has(path);
    if (download) save(path).catch(complain);
    else go(address);
  }

  function follow() {
    early.listen(window, "click", onClick);
    early.listen(window, "popstate", () => {
      const to = split(location.search + location.hash);
      if (to.path === here) return;
      early.reset(); // or a late timer of the page that goes writes its state into this address
      go((location.search || "?") + location.hash, true);
    });
    history.scrollRestoration = "manual";
    entry = (history.state && history.state.bundle) || Date.now();
    note("");
  }

  // A hash of the page that comes is none of the page that goes.
  early.listen(window, "hashchange", (event) => {
    if (files && split(location.search).path !== here) event.stopImmediatePropagation();
  });

  // ---- the beginning

  async function start() {
    await readIndex();
    const to = split(location.search + location.hash);
    if (to.hash && !location.hash) note(encoded(to.path) + to.hash);
    follow();
    if (to.path === header.front) begin({ path: to.path, from: to.path, scripts: await scriptsOf(document) });
    else swap(await prepared(to.path));
    if (to.hash && !to.hash.includes("=")) place(to.hash);
  }

  /* True where these bits open the first piece. */
  async function fits(bits) {
    key = await crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["decrypt"]);
    try {
      await piece(0);
      return true;
    } catch (error) {
      if (error.name !== "OperationError") throw error;
      key = null;
      return false;
    }
  }

  if (header.lock) window.rfLock.begin({ header, say, from64, utf8, fits, start });
  else start().catch(complain);
})();
