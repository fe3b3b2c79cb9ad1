/* The page before the passphrase, and what keeps the key: in the window, or for the tab if asked.

     rfLock.begin(bundle)   waits for the passphrase, then starts the bundle (bundle.js)
     rfLock.offer()         puts a button on a page that locks it again */
(function () {
  "use strict";

  let bundle = null;
  const memory = () => "runfolio.key." + bundle.header.lock.salt;
  const to64 = (bytes) => btoa(String.fromCharCode(...bytes));

  function remembered() {
    try {
      return sessionStorage.getItem(memory());
    } catch {
      return null;
    }
  }

  function remember(bits) {
    try {
      if (bits) sessionStorage.setItem(memory(), to64(bits));
      else sessionStorage.removeItem(memory());
    } catch {
      /* Where storage is blocked the passphrase is asked for each time. */
    }
  }

  async function derived(passphrase) {
    const text = bundle.utf8.encode(passphrase.normalize("NFKC").trim());
    const given = await crypto.subtle.importKey("raw", text, "PBKDF2", false, ["deriveBits"]);
    const salt = bundle.from64(bundle.header.lock.salt);
    const stretched = await crypto.subtle.deriveBits(
      { name: "PBKDF2", hash: "SHA-256", salt, iterations: bundle.header.lock.iterations },
      given,
      256,
    );
    const main = await crypto.subtle.importKey("raw", stretched, "HKDF", false, ["deriveBits"]);
    const info = bundle.utf8.encode("runfolio bundle 1: content");
    return new Uint8Array(
      await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, main, 256),
    );
  }

  function offer() {
    const notes = document.querySelector(".site-footer .footer-notes") || document.body;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet btn-small no-print";
    button.textContent = bundle.header.words.lock;
    button.onclick = () => {
      remember(null);
      location.reload();
    };
    notes.append(button);
  }

  function begin(given) {
    bundle = given;
    const { header, say, from64, fits, start } = given;
    const { words } = header;
    const form = document.querySelector("form");
    const input = form.querySelector("input[name=passphrase]");
    const tell = (text, bad) => {
      const told = document.getElementById("told");
      told.textContent = text;
      told.className = bad ? "told bad" : "told";
      input.setAttribute("aria-invalid", String(Boolean(bad)));
    };

    async function attempt(bits, keep) {
      if (!(await fits(bits))) return false;
      remember(keep ? bits : null);
      await start();
      return true;
    }

    form.onsubmit = async (event) => {
      event.preventDefault();
      if (!input.value.trim()) return input.focus();
      const button = form.querySelector("[type=submit]");
      button.disabled = true;
      tell(words.opening);
      try {
        if (await attempt(await derived(input.value), form.elements.remember.checked)) return;
        tell(words.wrong, true);
        input.select();
      } catch (error) {
        tell(say(words.failed, { why: error.message }), true);
      }
      button.disabled = false;
    };

    form.querySelector("[data-reveal]").onchange = (event) => {
      input.type = event.target.checked ? "text" : "password";
      input.focus();
    };

    document.documentElement.classList.remove("bundle-away");
    if (!window.crypto || !crypto.subtle) {
      tell(words.insecure, true);
    } else {
      form.hidden = false;
      const bits = remembered();
      if (bits) attempt(from64(bits), true).then((open) => open || remember(null), (error) => tell(say(words.failed, { why: error.message }), true));
      else input.focus();
    }
  }

  window.rfLock = { begin, offer };
})();
