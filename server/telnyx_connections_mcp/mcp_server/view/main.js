// What is shown now, and what the host says.
const INLINE_HEIGHT = 500; // pixels; what is beyond is shown on demand or in full screen
const FULL = [50];
const SIZES = {
  bars: [9, 8, 7, 6, 5, 4, 3, 2, 1],
  connection: [200, 40, 32, 26, 22, 19, 16, 14, 12, 10, 8, 6, 4, 2],
  others: [5, 4, 3, 2, 1],
};

const root = document.getElementById("view");
const host = { capabilities: {}, context: {} };
const views = [{ kind: "waiting", title: "Waiting for the answer" }]; // the last is shown; Back returns to the one before
let busy = false;
let input; // the arguments of the call that this page was opened for, if the host told them
let drawnWidth;
let toldHeight;

function canAsk() {
  return Boolean(host.capabilities.serverTools);
}

function width() {
  return root.clientWidth;
}

function narrow() {
  return width() < NARROW;
}

function fullScreen() {
  return host.context.displayMode === "fullscreen";
}

function charted(view) {
  return Boolean(view.chart) && !view.asTable;
}

function open(answer) {
  if (views.length) views.at(-1).focus = document.activeElement?.dataset.key; // Back returns to it
  views.push({ first: answer.chart?.time ? null : 0, filter: "", sort: null, column: 0, ...answer });
  say("");
  draw();
  if (views.length > 1) focusOn(null);
}

function show(answer) {
  for (const view of views.splice(0)) view.stopped = true;
  open(answer);
}

function back() {
  views.pop().stopped = true;
  say("");
  draw();
  focusOn(views.at(-1).focus);
}

function change(view, what) {
  Object.assign(view, what);
  draw();
}

// Draws the last view, with fewer rows until it is low enough for a chat.
function draw() {
  const view = views.at(-1);
  drawnWidth = width();
  root.dataset.kind = view.kind;
  root.dataset.width = narrow() ? "narrow" : "wide";
  keepingFocus(() => {
    for (const size of sizesOf(view)) {
      view.pageSize = charted(view) && view.chart.time ? columnRoom() : size;
      root.replaceChildren(...[drawn(view)].flat(Infinity).filter(Boolean));
      if (view.more || document.body.offsetHeight <= highest()) break;
    }
  });
  tellHeight();
}

function sizesOf(view) {
  if (fullScreen()) return view.kind === "connection" ? [Infinity] : FULL;
  return SIZES[charted(view) ? "bars" : view.kind] ?? SIZES.others;
}

function highest() {
  const { maxHeight, height } = host.context.containerDimensions ?? {};
  return fullScreen() ? Infinity : Math.min(INLINE_HEIGHT, ...[maxHeight, height].filter((most) => most >= 150));
}

function drawn(view) {
  if (!view.data) return [head(view), plainly(view)];
  const body = {
    table: () => (charted(view) ? chartRows(view, view.pageSize) : rowsOf(view, view.pageSize)),
    findings: () => findingsOf(view, view.pageSize),
    connection: () => [connectionOf(view, view.pageSize), moreOf(view)],
    sentence: () => null,
  }[view.kind]();
  if (!charted(view)) delete view.points;
  return [head(view), toolsOf(view), sentence(view), body, view.rows && pager(view), coverageOf(view), notesIn(view)];
}

function moreOf(view) {
  const others = view.blocks - view.pageSize;
  return !view.more && others > 0 && button("all", `Show ${others} more`, () => change(view, { more: true }));
}

// Where there is no answer.
function plainly(view) {
  const again = canAsk() && view.tool && view.kind !== "problem" && input !== undefined;
  const said = {
    problem: () => view.text,
    cancelled: () =>
      view.reason ? ["The request was cancelled: ", foreign(view.reason)] : "The request was cancelled.",
    waiting: () => "The answer is not here yet.",
    lost: () => "The host did not keep this answer: ask again in the chat.",
  }[view.kind]();
  return [
    h("p", { class: "plainly" }, view.kind === "problem" ? foreign(said) : said),
    again && button("again", "Ask again", () => askAgain(view)),
  ];
}

function askAgain({ tool }) {
  return busyWith("Asking …", async () => show(await ask(tool, input ?? {})));
}

function toolName() {
  return host.context.toolInfo?.tool?.name;
}

function arrived(result) {
  const answer = read(result, { tool: toolName(), arguments: input });
  show(answer);
  if (answer.kind === "lost" && answer.tool && input !== undefined && canAsk()) askAgain(answer);
}

// Takes over what the host says about itself: theme, variables, display mode, size.
function adopt(context) {
  Object.assign(host.context, context);
  const { theme, styles } = host.context;
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (/^--[a-z0-9-]+$/.test(name) && typeof value === "string" && !/url\(/i.test(value))
      document.documentElement.style.setProperty(name, value);
  }
  if (views.at(-1).kind === "waiting") views.at(-1).tool = toolName();
  draw();
}

function tellHeight() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (height === toldHeight) return;
  toldHeight = height;
  notify("ui/notifications/size-changed", { height });
}

new ResizeObserver(() => (width() === drawnWidth ? tellHeight() : draw())).observe(document.documentElement);
draw();
connect(
  {
    "ui/notifications/tool-input": (params) => {
      input = params.arguments ?? {};
      draw();
    },
    "ui/notifications/tool-result": arrived,
    "ui/notifications/tool-cancelled": ({ reason }) => show({ kind: "cancelled", title: "Cancelled", reason }),
    "ui/notifications/host-context-changed": adopt,
  },
  ({ hostCapabilities, hostContext }) => {
    host.capabilities = hostCapabilities ?? {};
    adopt(hostContext ?? {});
  },
);
