const view = document.getElementById("view");

function show(result) {
  const text = document.createElement("p");
  text.textContent = result.structuredContent?.summary ?? result.content?.[0]?.text ?? "";
  view.replaceChildren(text);
  notify("ui/notifications/size-changed", { height: Math.ceil(document.body.getBoundingClientRect().height) });
}

connect({ "ui/notifications/tool-result": show });
