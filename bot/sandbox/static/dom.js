// Building the page. Text from outside only ever becomes text nodes, never markup.

export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sandbox": "1" },
      body: JSON.stringify(body || {}),
    });
    const said = await answer.json();
    if (!answer.ok) toast(said.error || `HTTP ${answer.status}`, "bad");
    return said;
  } catch {
    toast("The sandbox does not answer. Is the demo still running?", "bad");
    return { ok: false };
  }
}

export function toast(words, tone) {
  const shelf = document.getElementById("toasts");
  const note = h("div", { class: `toast ${tone || ""}` }, words);
  shelf.append(note);
  while (shelf.children.length > 4) shelf.firstChild.remove();
  setTimeout(() => note.remove(), 6000);
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], {
    hour: "2-digit", minute: "2-digit", hour12: false,
  });
}

// Keep the nodes of a list, building only those whose content has changed.
export function keyed(parent, items, keyOf, build) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const stamp = JSON.stringify(item);
    const kept = old.get(key);
    if (kept && kept.dataset.stamp === stamp) return kept;
    const node = build(item, Boolean(kept));
    node.dataset.key = key;
    node.dataset.stamp = stamp;
    return node;
  });
  wanted.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] || null);
  });
  while (parent.children.length > wanted.length) parent.lastChild.remove();
}

// Stay at the end of a list that was at its end.
export function atEnd(box, change) {
  const near = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  change();
  if (near) box.scrollTop = box.scrollHeight;
}

export function initials(name) {
  return name.split(/\s+/).slice(0, 2).map((part) => part[0] || "").join("").toUpperCase();
}

export function hue(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 6;
  return sum;
}
