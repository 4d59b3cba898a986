// Block Kit as nodes. `act(element, block, value)` is called when somebody uses an element.

import { h } from "./dom.js";
import { emoji, mrkdwn, plain, richText } from "./mrkdwn.js";

export function textObject(text, people) {
  if (!text) return "";
  return text.type === "mrkdwn" ? mrkdwn(text.text, people, !text.verbatim) : plain(text.text);
}

export function renderBlocks(blocks, people, act, inputs) {
  return blocks.map((block) => {
    const make = MAKERS[block.type];
    return make ? make(block, people, act, inputs) : h("p", { class: "unknown" }, `[${block.type}]`);
  });
}

const MAKERS = {
  divider: () => h("hr"),
  header: (block) => h("h3", { class: "b-header" }, plain(block.text.text)),
  markdown: (block, people) => h("div", { class: "b-section" }, mrkdwn(block.text.replaceAll("**", "*"), people)),
  rich_text: (block, people) => h("div", { class: "b-section" }, richText(block.elements || [], people)),
  section(block, people, act, inputs) {
    return h("div", { class: "b-section" },
      h("div", { class: "words" },
        block.text ? h("div", {}, textObject(block.text, people)) : null,
        block.fields ? h("div", { class: "fields" },
          block.fields.map((field) => h("div", {}, textObject(field, people)))) : null),
      block.accessory ? element(block.accessory, block, people, act, inputs) : null);
  },
  context(block, people) {
    return h("div", { class: "b-context" }, block.elements.map((one) =>
      one.type === "image" ? picture(one, "tiny") : h("span", {}, textObject(one, people))));
  },
  actions(block, people, act, inputs) {
    return h("div", { class: "b-actions" },
      block.elements.map((one) => element(one, block, people, act, inputs)));
  },
  image(block) {
    return h("figure", { class: "b-image" },
      block.title ? h("figcaption", {}, plain(block.title.text)) : null, picture(block, ""));
  },
  input(block, people, act, inputs) {
    return h("label", { class: "b-input", "data-block": block.block_id },
      h("b", {}, plain(block.label.text), block.optional ? h("small", {}, " (optional)") : null),
      element(block.element, block, people, act, inputs),
      block.hint ? h("small", { class: "hint" }, plain(block.hint.text)) : null,
      h("small", { class: "error" }));
  },
};

// Pictures from elsewhere are not fetched: the page makes no request beyond this machine.
export function picture(image, size) {
  const url = image.image_url || "";
  const own = url.startsWith(location.origin) || url.startsWith("data:image/");
  if (own) return h("img", { src: url, alt: image.alt_text, class: size });
  return h("span", { class: `no-image ${size}`, title: url }, `🖼 ${image.alt_text}`);
}

function element(one, block, people, act, inputs) {
  if (one.type === "button") return button(one, block, people, act);
  if (one.type === "image") return picture(one, "small");
  if (one.type === "overflow") return overflow(one, block, people, act);
  const node = field(one, people);
  node.dataset.action = one.action_id;
  node.dataset.block = block.block_id;
  if (inputs) inputs.push({ node, one, block });
  if (block.type !== "input" || block.dispatch_action) {
    node.addEventListener("change", () => confirmed(one, people, () => act(one, block, read(node, one))));
  }
  return node;
}

function button(one, block, people, act) {
  const node = h("button", { type: "button", class: `b-button ${one.style || ""}`, "data-action": one.action_id },
    plain(one.text.text));
  node.addEventListener("click", () => confirmed(one, people, async () => {
    if (one.url) window.open(one.url, "_blank", "noopener");
    node.classList.add("busy");
    node.disabled = true;
    await act(one, block);
    node.classList.remove("busy");
    node.disabled = false;
  }));
  return node;
}

function overflow(one, block, people, act) {
  const box = h("details", { class: "b-overflow" }, h("summary", { "aria-label": "More actions" }, "⋯"),
    h("div", { class: "sheet" }, one.options.map((option) => h("button", {
      type: "button",
      onclick: () => {
        box.open = false;
        confirmed(one, people, () => act(one, block, option.value));
      },
    }, textObject(option.text, people)))));
  return box;
}

const TYPES = {
  datepicker: "date", timepicker: "time", datetimepicker: "datetime-local",
  number_input: "number", email_text_input: "email", url_text_input: "url",
};

function field(one, people) {
  const hint = one.placeholder ? emoji(one.placeholder.text) : "";
  if (one.options || one.option_groups) return choice(one, people, hint);
  if (one.type.includes("users_select")) return picker(people.all(), one, hint);
  if (one.type.includes("channels_select") || one.type.includes("conversations_select")) {
    return picker(people.channels(), one, hint);
  }
  if (one.type === "plain_text_input" && one.multiline) {
    return h("textarea", { rows: 4, placeholder: hint, maxlength: one.max_length || 3000 }, one.initial_value || "");
  }
  const start = one.initial_value || one.initial_date || one.initial_time || "";
  return h("input", { type: TYPES[one.type] || "text", placeholder: hint, value: start, maxlength: one.max_length || 3000 });
}

function choice(one, people, hint) {
  const groups = one.option_groups || [{ options: one.options }];
  const many = one.type === "checkboxes" || one.type.startsWith("multi_");
  const starts = [one.initial_option, ...(one.initial_options || [])].filter(Boolean).map((o) => o.value);
  if (one.type === "checkboxes" || one.type === "radio_buttons") {
    const name = `f${Math.random()}`;
    return h("div", { class: "b-options" }, groups[0].options.map((o) =>
      h("label", {}, h("input", { type: many ? "checkbox" : "radio", name, value: o.value, checked: starts.includes(o.value) }),
        h("span", {}, textObject(o.text, people)))));
  }
  const options = (list) => list.map((o) =>
    h("option", { value: o.value, selected: starts.includes(o.value) }, emoji(o.text.text)));
  return h("select", { multiple: many },
    many ? null : h("option", { value: "" }, hint || "Choose"),
    groups.map((g) => (g.label ? h("optgroup", { label: g.label.text }, options(g.options)) : options(g.options))));
}

function picker(all, one, hint) {
  const start = one.initial_user || one.initial_channel || one.initial_conversation;
  return h("select", { multiple: one.type.startsWith("multi_") }, h("option", { value: "" }, hint || "Choose"),
    all.map(([id, name]) => h("option", { value: id, selected: id === start }, name)));
}

export function read(node, one) {
  if (node.classList.contains("b-options")) {
    const chosen = [...node.querySelectorAll("input:checked")].map((i) => i.value);
    return one.type === "checkboxes" ? chosen : chosen[0] || null;
  }
  if (node.multiple) return [...node.selectedOptions].map((o) => o.value);
  if (one.type === "datetimepicker") return node.value ? Math.floor(new Date(node.value) / 1000) : null;
  return node.value === "" ? null : node.value;
}

export function confirmed(one, people, go) {
  if (!one.confirm) return go();
  const ask = one.confirm;
  const box = h("dialog", { class: "confirm" },
    h("h3", {}, ask.title ? plain(ask.title.text) : "Are you sure?"),
    h("p", {}, textObject(ask.text, people)),
    h("div", { class: "row" },
      h("button", { type: "button", class: "b-button", onclick: () => box.close("no") }, ask.deny ? plain(ask.deny.text) : "Cancel"),
      h("button", { type: "button", class: `b-button ${ask.style || one.style || "primary"}`, onclick: () => box.close("yes") },
        ask.confirm ? plain(ask.confirm.text) : "Yes")));
  box.addEventListener("close", () => {
    box.remove();
    if (box.returnValue === "yes") go();
  });
  document.body.append(box);
  box.showModal();
  return null;
}

