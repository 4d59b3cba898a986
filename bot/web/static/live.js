// A page that stays true: what changed is asked for every few seconds and put in place without
// disturbing whoever reads or types. When that fails, the page says since when it may be stale.
(() => {
  "use strict";
  const live = document.getElementById("live");
  if (!live) return;
  const stale = document.getElementById("stale");
  const news = document.getElementById("news");
  const updated = document.getElementById("updated");
  const every = Number(live.dataset.seconds) * 1000;
  let tag = "", last = Date.now(), ended = false, away = false, kept = false, unsent = "";

  const said = () => live.querySelector("#said")?.textContent.trim() ?? "";
  let heard = said();

  const say = (words, link) => {
    if (stale.dataset.words === words) return; // said once; a screen reader need not repeat it
    stale.dataset.words = words;
    stale.replaceChildren(words);
    stale.classList.toggle("shown", words !== "");
    if (link) {
      const again = Object.assign(document.createElement("a"), { href: location.href, textContent: link });
      stale.append(" ", again);
    }
  };
  const lost = (why) => {
    if (!ended) say(unsent + stale.dataset.since.replace("{time}", updated.textContent) + " " + why);
  };

  // -- what somebody is using stays as it is

  const changed = (field) => {
    if (field.matches("select")) {
      const given = [...field.options].findIndex((it) => it.defaultSelected);
      return field.selectedIndex !== Math.max(given, 0);
    }
    if (!field.matches("textarea, input:not([type=hidden])")) return false;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  };
  const used = (form) =>
    [...form.elements].some((it) =>
      changed(it) || (it === document.activeElement && it.matches("textarea, input, select")));
  const holdsUsed = (node) =>
    node instanceof Element &&
    [...node.querySelectorAll("form"), ...(node.matches("form") ? [node] : [])].some(used);

  Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => {
    if (!(old instanceof HTMLFormElement) || !used(old)) return true;
    kept = true;
    return false;
  };
  Idiomorph.defaults.callbacks.beforeNodeRemoved = (old) => {
    if (!holdsUsed(old)) return true;
    kept = true;
    return false;
  };
  // Opened and closed by the reader alone, once it is there.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === "open" && node instanceof HTMLDetailsElement);

  htmx.defineExtension("live", {
    handleSwap: (style, target, fragment) => {
      if (style !== "live") return false;
      const focused = document.activeElement;
      kept = false;
      Idiomorph.morph(target, [...fragment.childNodes], { morphStyle: "innerHTML" });
      if (focused && focused !== document.body && !focused.isConnected) {
        document.getElementById("main").focus({ preventScroll: true });
      }
      return [];
    },
  });

  // -- asking

  live.addEventListener("htmx:configRequest", (event) => {
    if (tag) event.detail.headers["If-None-Match"] = tag;
  });
  live.addEventListener("htmx:beforeRequest", (event) => {
    const unseen = document.hidden && Date.now() - last < 6 * every;
    if (ended || unseen) event.preventDefault();
  });
  live.addEventListener("htmx:afterRequest", (event) => {
    const answer = event.detail.xhr;
    if (answer.status !== 200 && answer.status !== 304) return;
    last = Date.now();
    away = false;
    unsent = "";
    updated.textContent = answer.getResponseHeader("Midwatch-Time") ?? updated.textContent;
    say("");
  });
  live.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) {
      say(stale.dataset.ended, stale.dataset.again);
      ended = true;
    } else {
      away = true;
      lost(stale.dataset.refused.replace("{status}", status));
    }
  });
  const gone = () => {
    away = true;
    lost(stale.dataset.lost);
  };
  live.addEventListener("htmx:sendError", gone);
  live.addEventListener("htmx:timeout", gone);
  live.addEventListener("htmx:afterSwap", (event) => {
    // What was left alone has to come again with the next answer.
    tag = kept ? "" : event.detail.xhr.getResponseHeader("ETag") ?? "";
    if (said() !== heard) {
      heard = said();
      news.textContent = heard;
    }
  });

  // A machine that slept, a tab that was stopped, an answer that never comes: nobody tells us.
  setInterval(() => {
    if (Date.now() - last > 3 * every && !document.hidden) lost(stale.dataset.lost);
  }, 1000);
  const look = () => {
    if (!document.hidden && Date.now() - last > every) htmx.trigger(live, "look");
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  window.addEventListener("offline", () => lost(stale.dataset.lost));
  const answers = () =>
    fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(3000) }).then((it) => it.ok, () => false);
  // A browser that reaches nobody puts its own page in the place of ours, and what was typed is gone.
  // Where the last question had no answer, it is asked whether anybody is there, before it is sent.
  document.addEventListener("submit", async (event) => {
    if (ended || (navigator.onLine && !away)) return;
    event.preventDefault();
    const { target: form, submitter } = event;
    if (navigator.onLine && (await answers())) {
      away = false;
      return form.requestSubmit(submitter);
    }
    unsent = stale.dataset.unsent + " ";
    lost(stale.dataset.lost);
  });
  window.addEventListener("pageshow", (event) => event.persisted && htmx.trigger(live, "look"));
})();
