// Makes elements. Other people's texts become text nodes or values of attributes, never markup; every name is ours.
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

// Text of the account: in any script, without moving what stands beside it.
function foreign(words) {
  return h("bdi", null, String(words));
}

// `key` finds the button again after it was drawn anew. One that is off keeps its place and the focus.
function button(key, label, click, { off = false, ...attributes } = {}) {
  const pressed = (event) => (off ? event.preventDefault() : click(event));
  return h(
    "button",
    { type: "button", "data-key": key, "aria-disabled": off && "true", ...attributes, click: pressed },
    label,
  );
}

function hidden(words) {
  return h("span", { class: "hidden" }, words);
}

// Replaces what `draw` replaces, and gives the focus back to what had it.
function keepingFocus(draw) {
  const before = document.activeElement;
  const { selectionStart, selectionEnd } = before;
  draw();
  if (before === document.body || before.isConnected) return;
  const after = focusOn(before.dataset.key);
  if (typeof selectionStart === "number") after.setSelectionRange?.(selectionStart, selectionEnd);
}

// Focuses the control of that key, or the heading where it is gone.
function focusOn(key) {
  const control = (key && document.querySelector(`[data-key="${CSS.escape(key)}"]`)) || document.querySelector("h1");
  control.focus({ preventScroll: true });
  return control;
}

function say(words) {
  document.getElementById("status").textContent = words;
}
