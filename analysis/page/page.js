"use strict";
(() => {
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);

  // light and dark
  const stored = (value) => {
    try {
      if (value !== undefined) localStorage.setItem("tells-theme", value);
      return localStorage.getItem("tells-theme");
    } catch { return null; }
  };
  if (["light", "dark"].includes(stored())) root.dataset.theme = stored();
  by("theme").hidden = false;
  by("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored(root.dataset.theme);
  });

  // what a shape says of itself, beside the pointer
  const tip = by("tip");
  document.addEventListener("pointermove", (event) => {
    const shape = event.target instanceof Element ? event.target.closest("[data-label]") : null;
    tip.hidden = !shape;
    if (!shape) return;
    tip.textContent = shape.dataset.label;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const above = event.clientY + tip.offsetHeight + 24 > innerHeight;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${above ? event.clientY - tip.offsetHeight - 12 : event.clientY + 16}px`;
  });
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // paper has no folds
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));

  // matches
  if (!by("matches")) return;
  const { games, matches } = JSON.parse(by("matches").textContent);
  const choose = ["arena", "first", "second", "repeat"].map((name) => by(`choose-${name}`));
  const play = by("play"), place = by("place"), jump = by("jump"), speed = by("speed"), board = by("board"), state = by("state");
  let match = null, round = 0, timer = null;

  const make = (tag, text, kind) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (kind) node.className = kind;
    return node;
  };
  const keys = (entry) => [entry.arena, entry.who[0], entry.who[1] ?? "", String(entry.repeat)];
  const unique = (values) => [...new Set(values)];

  const numbers = (text, kind, size) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / size }, (_, i) => kind === "f" ? view.getFloat32(i * 4, true) : view.getUint16(i * 2, true));
  };
  const unpacked = (entry) => {
    const game = games[entry.arena];
    if (game.text) return { entry, game, rounds: entry.rounds };
    const other = (name) => {
      const first = numbers(entry[name][0], "f", 4);
      return entry[name].map((text) => text === null ? first.map((value) => 0 - value) : numbers(text, "f", 4));
    };
    return {
      entry, game, rounds: entry.rounds,
      kept: entry.kept.map((kept, seat) => kept ?? game.actions[seat].map((_, action) => action)),
      probs: entry.probs.map((text) => numbers(text, "u", 2)),
      moves: entry.moves.map((text) => numbers(text, "u", 2)),
      off: entry.off.map((text) => numbers(text, "u", 2)),
      pay: other("pay"), expected: other("expected"),
    };
  };

  // each choice leaves only what goes with those before it
  const refill = (from) => {
    let left = matches.filter((entry) => choose.slice(0, from).every((box, i) => keys(entry)[i] === box.value));
    for (let i = from; i < choose.length; i += 1) {
      const box = choose[i], before = box.value, values = unique(left.map((entry) => keys(entry)[i]));
      box.replaceChildren(...values.map((value) => {
        const option = make("option", value || "nobody");
        option.value = value;
        return option;
      }));
      box.value = values.includes(before) ? before : values[0];
      box.closest("label").hidden = i === 2 && values.length === 1 && values[0] === "";
      left = left.filter((entry) => keys(entry)[i] === box.value);
    }
    match = unpacked(left[0]);
    place.max = jump.max = String(match.rounds);
    show(0);
  };

  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const signed = (number) => `${number <= -0.0005 ? "−" : "+"}${Math.abs(number).toFixed(3).replace(/\.?0+$/, "")}`;
  const sum = (values, count) => values.slice(0, count).reduce((total, value) => total + value, 0);

  const bars = (seat) => {
    const words = match.game.actions[seat], kept = match.kept[seat], width = kept.length;
    const probs = kept.map((action, i) => ({ action, share: match.probs[seat][round * width + i] / 65535 }));
    const played = match.moves[seat][round];
    let shown = probs;
    if (probs.length > 12) {
      const likely = new Set([...probs].sort((a, b) => b.share - a.share).slice(0, 10).map((one) => one.action));
      shown = probs.filter((one) => likely.has(one.action) || one.action === played);
    }
    const rows = shown.map(({ action, share }) => {
      const row = make("div", undefined, action === played ? "bar played" : "bar");
      const line = make("i");
      line.style.width = `${100 * share}%`;
      const track = make("div");
      track.append(line);
      row.append(make("span", words[action]), track, make("span", percent(share)));
      return row;
    });
    const rest = 1 - shown.reduce((total, one) => total + one.share, 0);
    if (shown.length < words.length) rows.push(make("div", `${words.length - shown.length} others ${percent(Math.max(rest, 0))}`, "note"));
    return rows;
  };

  const side = (seat) => {
    const node = make("div", undefined, "seat"), game = match.game, count = round + 1;
    node.append(make("h4", `${match.entry.who[seat]} (${game.seats[seat]})`));
    if (game.text) {
      node.append(make("pre", match.entry.texts[round]));
      return node;
    }
    // a move that is none of the words is a forfeit
    const words = game.actions[seat], word = (action) => words[action] ?? "no valid answer";
    const played = word(match.moves[seat][round]);
    const line = make("div", "played ", "score");
    line.append(make("strong", played));
    node.append(line, ...bars(seat));
    node.append(make("div", `off-menu ${percent(match.off[seat][round] / 65535)}`, "note"));
    node.append(make("div",
      `this round ${signed(match.pay[seat][round])}, expected ${signed(match.expected[seat][round])}; ` +
      `score ${signed(sum(match.pay[seat], count))}, expected ${signed(sum(match.expected[seat], count))}`, "score"));
    const first = Math.max(0, count - 30);
    const moves = match.moves[seat].slice(first, count).map(word);
    node.append(make("div", `${first ? "… " : ""}${moves.join(" ")}`, "moves"));
    return node;
  };

  const show = (next) => {
    round = Math.min(Math.max(next, 0), match.rounds - 1);
    board.replaceChildren(...match.game.seats.map((_, seat) => side(seat)));
    place.value = jump.value = String(round + 1);
    state.textContent = `round ${round + 1} of ${match.rounds}`;
    by("watch").dataset.round = String(round + 1);
    if (round === match.rounds - 1) pause();
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  };
  const start = () => {
    if (round === match.rounds - 1) show(0);
    if (match.rounds < 2) return;
    play.textContent = "Pause";
    clearInterval(timer);
    timer = setInterval(() => show(round + 1), 1000 / Number(speed.value));
  };
  const toggle = () => (timer === null ? start() : pause());
  const step = (by) => { pause(); show(round + by); };

  choose.forEach((box, i) => box.addEventListener("change", () => { pause(); refill(i + 1); }));
  play.addEventListener("click", toggle);
  by("back").addEventListener("click", () => step(-1));
  by("on").addEventListener("click", () => step(1));
  by("to-start").addEventListener("click", () => step(-match.rounds));
  by("to-end").addEventListener("click", () => step(match.rounds));
  place.addEventListener("input", () => { pause(); show(Number(place.value) - 1); });
  jump.addEventListener("change", () => { pause(); show((Number(jump.value) || 1) - 1); });
  speed.addEventListener("change", () => { if (timer !== null) start(); });
  by("watch").addEventListener("keydown", (event) => {
    // what has keys of its own keeps them
    if (event.target.matches("select, input") && event.key !== "p" && event.key !== "n") return;
    if (event.target.matches("button") && event.key === " ") return;
    const act = { " ": toggle, ArrowRight: () => step(1), ArrowLeft: () => step(-1), n: () => step(1), p: () => step(-1) }[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  refill(0);
  by("player").hidden = false;
})();
