// The demo's buttons and the status line.

import { h, keyed, post, toast } from "./dom.js";

export function showControls(state) {
  const box = document.getElementById("controls");
  const groups = [...new Set(state.controls.map((c) => c.group))];
  box.hidden = groups.length === 0;
  keyed(
    box,
    groups.map((name) => ({ name, all: state.controls.filter((c) => c.group === name) })),
    (group) => group.name,
    (group) => h("div", { class: "group", role: "group", "aria-label": group.name },
      h("h2", {}, group.name),
      h("div", { class: "row" }, group.all.map(button))),
  );
  showStatus(state);
}

function button(control) {
  const node = h("button", { type: "button", class: `control ${control.tone}`, id: `control-${control.id}`, title: control.hint },
    h("b", {}, control.label), h("small", {}, control.hint));
  node.addEventListener("click", async () => {
    node.disabled = true;
    const said = await post(`/sandbox/controls/${encodeURIComponent(control.id)}`);
    node.disabled = false;
    if (said.said) toast(said.said);
  });
  return node;
}

export function showStatus(state) {
  const faults = [];
  if (state.faults.twilio.length) faults.push({ label: "Twilio", value: words(state.faults.twilio), state: "bad" });
  if (state.faults.slack.length) faults.push({ label: "Slack", value: words(state.faults.slack), state: "bad" });
  keyed(
    document.getElementById("status"),
    [...state.status, ...faults],
    (item) => item.label,
    (item) => h("li", { class: item.state }, h("i", {}), h("span", {}, item.label), h("b", {}, item.value)),
  );
}

function words(faults) {
  return faults.map((f) => f.replaceAll("_", " ")).join(", ");
}
