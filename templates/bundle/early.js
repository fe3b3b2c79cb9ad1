/* The first script of a bundle (bundle.js): one window shows many pages, one after the other, and
   each must find it as if it had just been opened. So what a page leaves on the window (listeners,
   timers) is noted here and taken away before the next page comes, and DOMContentLoaded is told to
   the scripts of every page, which come later than the browser's own.

     rfEarly.ready()   the page's scripts are there: tell those who wait for DOMContentLoaded
     rfEarly.reset()   the page goes
     rfEarly.listen(target, type, call)   a listener that stays */
(function () {
  "use strict";

  const listeners = [];
  const waiting = [];
  const clocks = new Map();
  const listen = EventTarget.prototype.addEventListener;

  EventTarget.prototype.addEventListener = function (type, call, options) {
    const target = this ?? window;
    if (type === "DOMContentLoaded") {
      if (call) waiting.push(call);
      return;
    }
    // Elements go with their page; the window, the document, media queries and the like stay.
    if (!(target instanceof Node) || target === document) listeners.push([target, type, call, options]);
    listen.call(target, type, call, options);
  };

  for (const [set, clear, again] of [
    ["setTimeout", "clearTimeout", false],
    ["setInterval", "clearInterval", true],
    ["requestAnimationFrame", "cancelAnimationFrame", false],
  ]) {
    const start = window[set];
    const stop = window[clear].bind(window);
    window[set] = function (call, ...rest) {
      const id = start.call(
        window,
        (...given) => {
          if (!again) clocks.delete(id + set);
          call(...given);
        },
        ...rest,
      );
      clocks.set(id + set, () => stop(id));
      return id;
    };
    window[clear] = function (id) {
      clocks.delete(id + set);
      stop(id);
    };
  }

  window.rfEarly = {
    ready() {
      const event = new Event("DOMContentLoaded");
      for (const call of waiting.splice(0)) {
        try {
          if (typeof call === "function") call.call(document, event);
          else call.handleEvent(event);
        } catch (error) {
          console.error(error);
        }
      }
    },
    reset() {
      waiting.length = 0;
      for (const [target, type, call, options] of listeners.splice(0)) target.removeEventListener(type, call, options);
      for (const stop of clocks.values()) stop();
      clocks.clear();
    },
    listen: (target, type, call) => listen.call(target, type, call),
  };

  // Another page than the one that lies open in the file is asked for: do not flash this one.
  if (location.search.length > 1) document.documentElement.classList.add("bundle-away");
})();
