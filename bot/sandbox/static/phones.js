// The phones of both teams: texts, receipts, a box to answer, a ringing call, what is wrong with it.

import { atEnd, clock, h, hue, initials, keyed, post } from "./dom.js";

const WHY = {
  30003: "handset unreachable", 30004: "blocked", 30005: "unknown number", 30006: "landline",
  30007: "filtered by the carrier", 30008: "unknown error", 30034: "sender not registered",
};
const RECEIPTS = ["delivered", "undelivered", "filtered", "unregistered", "failed", "no callbacks",
                  "sent only", "stuck in the queue", "out of order", "repeated", "early", "slow"];
const ANSWERING = ["ring", "busy", "no-answer", "failed", "voicemail"];
const phones = new Map();

export function showPhones(state) {
  const box = document.getElementById("phones");
  const teams = [...new Set(state.phones.map((p) => p.team))];
  keyed(
    box,
    teams.map((team) => ({ team, all: state.phones.filter((p) => p.team === team).map((p) => p.number) })),
    (one) => one.team,
    (one) => h("div", { class: "team" },
      h("h2", {}, one.team || "No team"),
      h("div", { class: "handsets" }, one.all.map((number) => handset(number).root))),
  );
  box.classList.toggle("many", state.phones.length > 2);
  for (const phone of state.phones) handset(phone.number).show(phone, state.from_number);
}

function handset(number) {
  if (!phones.has(number)) phones.set(number, new Handset(number));
  return phones.get(number);
}

class Handset {
  constructor(number) {
    this.path = `/sandbox/phones/${encodeURIComponent(number)}`;
    this.owner = h("div", { class: "owner" });
    this.menu = h("div", { class: "menu" });
    this.time = h("span", {}, "");
    this.signal = h("span", { class: "signal" }, "");
    this.contact = h("div", { class: "contact" });
    this.texts = h("div", { class: "texts", role: "log", "aria-label": "Texts", tabindex: "0" });
    this.input = h("input", { type: "text", placeholder: "Text message", "aria-label": "Text message", autocomplete: "off", maxlength: "320" });
    this.form = h("form", { class: "answer" }, this.input,
      h("button", { type: "submit", "aria-label": "Send" }, "↑"));
    this.form.addEventListener("submit", (event) => this.send(event));
    this.call = h("div", { class: "call", hidden: true });
    this.off = h("div", { class: "off", hidden: true }, h("span", {}, "Phone is off"));
    this.screen = h("div", { class: "screen" },
      h("div", { class: "bar" }, this.time, h("span", { class: "notch" }), this.signal),
      this.contact, this.texts, this.form, this.call, this.off);
    this.root = h("article", { class: "handset", "data-number": number },
      h("div", { class: "head" }, this.owner, this.menu),
      h("div", { class: "case" }, this.screen));
    this.seen = 0;
  }

  show(phone, from) {
    this.time.textContent = clock(Date.now() / 1000);
    this.head(phone);
    this.signal.textContent = phone.on ? "●●●○" : "";
    this.contact.replaceChildren(
      h("span", { class: "avatar bot" }, "M"), h("b", {}, "Midwatch"), h("small", {}, from));
    const all = [...phone.texts, ...phone.calls].sort((a, b) => a.at - b.at);
    atEnd(this.texts, () => keyed(this.texts, all, (one) => one.sid,
      (one, again) => (one.said ? pastCall(one, again) : bubble(one, again))));
    this.off.hidden = phone.on;
    this.ring(phone.call);
    this.pulse(phone);
  }

  pulse(phone) {
    const count = phone.texts.filter((t) => !t.mine && t.arrived).length;
    if (this.seen && count > this.seen) {
      this.root.classList.remove("buzz");
      void this.root.offsetWidth; // restarts the animation
      this.root.classList.add("buzz");
    }
    this.seen = count || this.seen;
  }

  head(phone) {
    const stamp = JSON.stringify({ ...phone, texts: 0, call: 0, calls: 0 });
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.owner.replaceChildren(
      h("span", { class: `avatar hue${hue(phone.name)}` }, initials(phone.name)),
      h("div", {}, h("b", {}, phone.name), h("small", {}, phone.number)),
      ...marks(phone).map((mark) => h("em", {}, mark)));
    const power = h("button", { type: "button", class: "power" }, phone.on ? "Phone off" : "Phone on");
    power.addEventListener("click", () => this.set({ on: !phone.on }));
    this.menu.replaceChildren(power, this.more(phone));
  }

  more(phone) {
    const box = h("details", {}, h("summary", { "aria-label": `More about ${phone.name}'s phone` }, "⋯"),
      h("div", { class: "sheet" },
        this.toggle("Landline", "refuses texts, 21614", phone.landline, (on) => this.set({ landline: on })),
        this.toggle("Opted out", "texted STOP, 21610", phone.opted_out, (on) => this.set({ opted_out: on })),
        this.choice("Receipts", RECEIPTS, phone.receipts, (value) => this.set({ receipts: value })),
        this.choice("Calls", ANSWERING, phone.answering, (value) => this.set({ answering: value }))));
    document.addEventListener("click", (event) => {
      if (!box.contains(event.target)) box.open = false;
    });
    return box;
  }

  toggle(label, hint, on, act) {
    const box = h("input", { type: "checkbox", checked: on });
    box.addEventListener("change", () => act(box.checked));
    return h("label", { class: "toggle" }, box, h("span", {}, label, h("small", {}, hint)));
  }

  choice(label, options, chosen, act) {
    const box = h("select", {}, options.map((o) => h("option", { value: o, selected: o === chosen }, o)));
    box.addEventListener("change", () => act(box.value));
    return h("label", { class: "choice" }, h("span", {}, label), box);
  }

  set(changes) {
    return post(`${this.path}/set`, changes);
  }

  async send(event) {
    event.preventDefault();
    const body = this.input.value.trim();
    if (!body) return;
    this.input.value = "";
    await post(`${this.path}/text`, { body });
  }

  ring(call) {
    const ended = !call && !this.call.hidden;
    this.call.hidden = !call;
    if (ended) this.texts.scrollTop = this.texts.scrollHeight;
    this.root.classList.toggle("rings", Boolean(call && call.status === "ringing"));
    const stamp = JSON.stringify(call);
    if (!call || stamp === this.callStamp) return;
    this.callStamp = stamp;
    const act = (name, body) => () => post(`${this.path}/${name}`, body);
    const talking = call.status === "in-progress";
    this.call.replaceChildren(...[
      h("span", { class: "avatar bot big" }, "M"),
      h("b", {}, "Midwatch"),
      h("small", {}, talking ? "on the line" : "calling…"),
      talking ? h("div", { class: "said" }, call.said.map((words) => h("p", {}, words))) : null,
      talking ? h("div", { class: "keys" }, [..."123456789*0#"].map((key) =>
        h("button", { type: "button", disabled: !call.gather, onclick: act("press", { digits: key }) }, key))) : null,
      h("div", { class: "hooks" },
        talking ? null : h("button", { type: "button", class: "take", onclick: act("answer") }, "Answer"),
        h("button", { type: "button", class: "end", onclick: act("hang-up") }, talking ? "Hang up" : "Decline")),
    ].filter(Boolean));
    const said = this.call.querySelector(".said");
    if (said) said.scrollTop = said.scrollHeight;
  }
}

function marks(phone) {
  const found = [];
  if (!phone.on) found.push("off");
  if (phone.landline) found.push("landline");
  if (phone.opted_out) found.push("opted out");
  if (phone.receipts !== "delivered") found.push(phone.receipts);
  if (phone.answering !== "ring") found.push(phone.answering);
  return found;
}

// A call that is over stays in the list, with the last words that were heard.
function pastCall(call, again) {
  const keys = call.pressed.length ? `pressed ${call.pressed.join(" ")}` : "no key pressed";
  const what = call.answered ? keys : call.status;
  return h("div", { class: `text theirs past ${call.pressed.length ? "" : "lost"} ${again ? "" : "new"}` },
    h("p", {}, call.answered ? call.said.at(-1) || "" : "Missed call"),
    h("small", {}, `${clock(call.at)} · call · ${what}`));
}

function bubble(text, again) {
  const lost = !text.mine && !text.arrived;
  const parts = text.segments > 1 ? `${text.segments} segments` : "";
  const foot = [clock(text.at), receipt(text), parts].filter(Boolean).join(" · ");
  const side = text.mine ? "mine" : lost ? "theirs lost" : "theirs";
  return h("div", { class: `text ${side} ${text.status} ${again ? "" : "new"}` },
    h("p", {}, linked(text.body)), h("small", {}, foot));
}

// As phones do: an address can be tapped.
function linked(body) {
  return body.split(/(https?:\/\/\S+)/).map((part, at) =>
    at % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part);
}

function receipt(text) {
  if (text.mine) return "";
  const why = WHY[text.error_code];
  const code = text.error_code ? ` ${text.error_code}` : "";
  const states = { queued: "in Twilio's queue", sent: "sent, no receipt yet", delivered: "delivered",
                   undelivered: "did not arrive", failed: "failed", canceled: "cancelled", accepted: "accepted" };
  const words = states[text.status] || text.status;
  return why ? `${words}: ${why},${code}` : words + code;
}
