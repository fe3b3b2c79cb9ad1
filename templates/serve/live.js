/* Added to pages by `runfolio serve` alone; a built site does not have it.

   Asks once a second whether the file of this page was built anew, and then loads it again so that a
   reader hardly notices: the address with its state stays, and so do the scroll positions, what was
   unfolded, and the focus. It waits while somebody types or holds the pointer down, and while the
   page is hidden. A build that failed is told at the foot of the page, which stays as it was. */
(function () {
  "use strict";
  const KEY = "runfolio.live";
  const own = document.currentScript.src;
  const EVERY = 1000;
  const REST = 1500; // after the last touch of a key or the pointer
  let seen = null;
  let touched = -Infinity;
  let held = false;
  let told = null;

  // ---- what a reload would lose

  const boxes = () => Array.from(document.querySelectorAll(".scroll, .table-scroll, pre"));
  const folds = () => Array.from(document.querySelectorAll("details"));
  const stops = () => Array.from(document.querySelectorAll("a[href], button, input, select, summary"));

  function remember() {
    const state = {
      at: location.href,
      page: [scrollX, scrollY],
      boxes: boxes().map((box) => [box.scrollLeft, box.scrollTop]),
      folds: folds().map((fold) => fold.open),
      focus: stops().indexOf(document.activeElement),
    };
    try {
      sessionStorage.setItem(KEY, JSON.stringify(state));
    } catch {
      /* The page then begins at its top. */
    }
  }

  function remembered() {
    try {
      const state = JSON.parse(sessionStorage.getItem(KEY));
      sessionStorage.removeItem(KEY);
      return state && state.at === location.href ? state : null;
    } catch {
      return null;
    }
  }

  function restore(state) {
    const foldsNow = folds();
    // A page with other parts than before has no fold to match by its place.
    if (foldsNow.length === state.folds.length) {
      foldsNow.forEach((fold, index) => (fold.open = state.folds[index]));
    }
    const until = performance.now() + 2500; // scripts fill tables and charts in the meantime
    const begun = touched;
    function place() {
      if (touched !== begun) return; // the reader has gone on
      scrollTo(state.page[0], state.page[1]);
      boxes().forEach((box, index) => {
        const [left, top] = state.boxes[index] || [0, 0];
        if (left || top) box.scrollTo(left, top);
      });
      if (performance.now() < until) requestAnimationFrame(place);
    }
    place();
    const stop = stops()[state.focus];
    if (stop) stop.focus({ preventScroll: true });
  }

  // ---- what the server says

  function tell(error) {
    if (error === (told ? told.textContent : "")) return;
    if (told) told.remove();
    told = null;
    if (!error) return;
    told = document.createElement("pre");
    told.className = "live-error";
    told.setAttribute("role", "alert");
    told.textContent = error;
    document.body.append(told);
  }

  const busy = () => held || performance.now() - touched < REST;

  function reload() {
    remember();
    location.reload();
  }

  async function look() {
    let pause = document.hidden ? 4 * EVERY : EVERY;
    try {
      const address = new URL("state?page=" + encodeURIComponent(location.pathname), own);
      const answer = await (await fetch(address, { cache: "no-store" })).json();
      tell(answer.error);
      if (seen === null) seen = answer.page;
      if (answer.page && answer.page !== seen && !busy() && !document.hidden) return reload();
    } catch {
      pause = 3 * EVERY; // the server has gone; it may come back
    }
    setTimeout(look, pause);
  }

  const touch = () => (touched = performance.now());
  for (const event of ["keydown", "wheel", "touchmove", "input"]) {
    addEventListener(event, touch, { passive: true, capture: true });
  }
  addEventListener("pointerdown", () => (held = true), true);
  for (const event of ["pointerup", "pointercancel", "blur"]) {
    addEventListener(event, () => (held = false), true);
  }

  const state = remembered();
  if (state) {
    history.scrollRestoration = "manual";
    if (document.readyState === "complete") restore(state);
    else addEventListener("load", () => restore(state));
  }
  look();
})();
