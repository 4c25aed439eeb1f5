// A coached body on the canvas: judged angles, name, score and hold, by DRAWING.coaching and in the
// steps of harec/yoga/output/overlay.py and angle_overlay.py (as they draw moving images).

const COACH = DRAWING.coaching;
const ANGLES = 9; // as in harec/yoga/recognition/angles.py; the last one is between the thighs
const ANGLE_JOINTS = ["elbow", "elbow", "shoulder", "shoulder", "hip", "hip", "knee", "knee", "legs"];
const TRIPLES = [[5, 7, 9], [6, 8, 10], [7, 5, 11], [8, 6, 12], [5, 11, 13], [6, 12, 14],
  [11, 13, 15], [12, 14, 16]];
const THIGHS = [11, 13, 12, 14];
const STATES = ["good", "off", "worst"];
const SMALLER = 4;
const NO_SCORE = 255;
const DEJAVU = "harec-dejavu";
const DEJAVU_BOLD = "harec-dejavu-bold";

const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1];
const norm = (a) => Math.hypot(...a);
const halfway = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

// Corner of an angle and the two lines that leave it; null where a joint is not seen.
function angleLines(points, angle) {
  const joints = angle === ANGLES - 1 ? THIGHS : TRIPLES[angle];
  const at = joints.map((i) => points[i]);
  if (!at.every(Boolean)) return null;
  const lines = angle === ANGLES - 1
    ? [halfway(at[0], at[2]), minus(at[1], at[0]), minus(at[3], at[2])]
    : [at[1], minus(at[0], at[1]), minus(at[2], at[1])];
  return Math.min(norm(lines[1]), norm(lines[2])) < 1e-3 ? null : lines;
}

// extra: what the server said of the moment, see harec/yoga/output/drawn_moments.py.
function angleArcs(points, extra) {
  const arcs = [];
  for (let angle = 0; angle < ANGLES; angle += 1) {
    const told = extra[2 + ANGLES + angle];
    const lines = told ? angleLines(points, angle) : null;
    if (!lines) continue;
    const [centre, u, v] = lines;
    arcs.push({ joint: ANGLE_JOINTS[angle], centre, u, v, value: extra[2 + angle],
      rank: (told & (SMALLER - 1)) - 1, smaller: Boolean(told & SMALLER),
      reach: Math.min(norm(u), norm(v)) });
  }
  arcs.sort((a, b) => a.rank - b.rank);
  return arcs.filter((arc, i) => !arcs.slice(i + 1).some((worse) => sameArc(arc, worse)));
}

// Whether an arc lies on another one that says the same: two knees seen in profile.
function sameArc(arc, worse) {
  const { same_deg: degrees, same_direction: direction, same_place: place } = COACH.arc;
  const along = [[arc.u, worse.u], [arc.v, worse.v]]
    .every(([a, b]) => dot(a, b) > direction * norm(a) * norm(b));
  return arc.joint === worse.joint && Math.abs(arc.value - worse.value) < degrees
    && arc.smaller === worse.smaller && along
    && norm(minus(arc.centre, worse.centre)) < place * Math.min(arc.reach, worse.reach);
}

function arcRadius(arc, width) {
  const { reach, least_widths: least, most_widths: most } = COACH.arc;
  return clamp(arc.reach * reach, least * width, most * width);
}

function arcPoints({ centre, u, v }, radius) {
  const start = Math.atan2(u[1], u[0]);
  const turn = Math.atan2(u[0] * v[1] - u[1] * v[0], dot(u, v));
  const count = Math.max(Math.floor(Math.abs(turn) * COACH.arc.steps_per_rad), 2);
  return Array.from({ length: count }, (_, i) => {
    const at = start + (turn * i) / (count - 1);
    return [centre[0] + radius * Math.cos(at), centre[1] + radius * Math.sin(at)];
  });
}

function drawArc(ctx, arc, width) {
  const points = arcPoints(arc, arcRadius(arc, width));
  const state = STATES[arc.rank];
  const thick = Math.max(round(width * (state === "good" ? COACH.arc.good_width : 1)), 1);
  const edge = Math.max(round(width * DRAWING.line.edge), 1);
  inPixels(ctx, () => {
    if (state !== "good") {
      ctx.beginPath();
      ctx.moveTo(...arc.centre);
      for (const point of points) ctx.lineTo(...point);
      ctx.globalAlpha = COACH.arc.tint;
      ctx.fillStyle = COACH[state];
      ctx.fill();
      ctx.globalAlpha = 1;
    }
    strokeLines(ctx, [points], DRAWING.colors.outline, thick + 2 * edge);
    strokeLines(ctx, [points], COACH[state], thick);
  });
}

// Points along the limbs: what numbers should not cover.
function limbPoints(points) {
  const all = points.filter(Boolean);
  for (const [a, b] of [[0, 1], [0, 2], [1, 3], [2, 4], ...LIMBS]) {
    if (!points[a] || !points[b]) continue;
    for (let i = 1; i < 8; i += 1) {
      const share = i / 8;
      all.push([0, 1].map((k) => points[a][k] * (1 - share) + points[b][k] * share));
    }
  }
  return all;
}

function degreesLabel(ctx, arc, size) {
  const rules = COACH.degrees;
  const state = STATES[arc.rank];
  const letters = (share) => Math.max(round(size * share), rules.least_px);
  if (state === "good") {
    const text = { text: `${arc.value}°`, size: letters(rules.good_size), font: DEJAVU };
    return layLabel(ctx, [[text]], { opacity: rules.good_opacity });
  }
  const text = { text: `${arc.value}° ${arc.smaller ? "↓" : "↑"}`, size: letters(rules.off_size), font: DEJAVU_BOLD };
  const look = { ground: COACH[state], ink: DRAWING.colors.outline, opacity: rules.off_opacity };
  return layLabel(ctx, [[text]], look);
}

// The direction in which a number is looked for: into a bent joint, or away from the body.
function outward({ centre, u, v }, body) {
  const unit = (a) => a.map((value) => value / norm(a));
  const [first, second] = [unit(u), unit(v)];
  const middle = [first[0] + second[0], first[1] + second[1]];
  if (norm(middle) > COACH.degrees.bent) return unit(middle);
  const across = [-first[1], first[0]];
  const box = bodyBox(body);
  const away = minus(centre, [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]);
  return dot(across, away) >= 0 ? across : across.map((value) => -value);
}

function placeDegrees(label, arc, radius, frame, body, taken) {
  const rules = COACH.degrees;
  const size = [label.width, label.height];
  const wish = outward(arc, body);
  let best = [0, 0];
  let least = Infinity;
  for (const degrees of rules.turns_deg) {
    const turn = (degrees * Math.PI) / 180;
    const way = [Math.cos(turn) * wish[0] - Math.sin(turn) * wish[1], Math.sin(turn) * wish[0] + Math.cos(turn) * wish[1]];
    const extra = (Math.abs(way[0]) * size[0] + Math.abs(way[1]) * size[1]) / 2;
    const reach = radius + rules.away * size[1] + extra;
    const wanted = [0, 1].map((k) => arc.centre[k] + way[k] * reach - size[k] / 2);
    const corner = [0, 1].map((k) => {
      const room = Math.max(frame[k] - size[k] - 2, 0);
      return round(Math.min(clamp(wanted[k], 2, Math.max(room, 2)), room));
    });
    const box = [...corner, corner[0] + size[0], corner[1] + size[1]];
    const covered = body.filter(([x, y]) => x > box[0] && y > box[1] && x < box[2] && y < box[3]).length;
    let cost = rules.body_cost * covered + rules.far_cost;
    cost += norm(minus(wanted, corner)) / size[1] + rules.turn_cost * Math.abs(turn);
    for (const other of taken) cost += (rules.taken_cost * sharedArea(box, other)) / (size[0] * size[1]);
    if (cost < least) [least, best] = [cost, corner];
  }
  return best;
}

// The numbers, those that matter first: they get the better places.
function drawDegrees(ctx, arcs, points, size, frame, corners) {
  const body = limbPoints(points);
  if (!body.length) return;
  const [left, top, right, bottom] = bodyBox(body);
  const roomy = Math.max(right - left, bottom - top) > COACH.degrees.roomy * size;
  const width = Math.max(round(size * COACH.degrees.width), 1);
  const taken = [...corners];
  for (const arc of arcs.toReversed()) {
    if (STATES[arc.rank] === "good" && !roomy) continue;
    const label = degreesLabel(ctx, arc, size);
    const [x, y] = placeDegrees(label, arc, arcRadius(arc, width), frame, body, taken);
    drawLabel(ctx, label, x, y);
    taken.push([x, y, x + label.width, y + label.height]);
  }
}

// hold: {sanskrit, english, color} or null; side: 0, 1 (left) or 2 (right).
function asanaLabel(ctx, hold, side, size, room) {
  const rules = COACH.name;
  if (!hold) return layLabel(ctx, [[{ text: "No asana", size, font: DEJAVU, ink: rules.none_ink }]]);
  const which = side ? `${["left", "right"][side - 1]} side` : "";
  let second = which ? `${hold.english}, ${which}` : hold.english;
  if (size <= COACH.least_text_px) second = which;
  let label;
  for (const [i, share] of rules.sizes.entries()) {
    const letters = Math.max(round(size * share), rules.least_px);
    const below = i === rules.sizes.length - 1 ? which : second;
    const lines = [[{ text: hold.sanskrit, size: letters, font: DEJAVU_BOLD }]];
    if (below) {
      const small = Math.max(round(letters * rules.second), rules.least_px);
      lines.push([{ text: below, size: small, font: DEJAVU, ink: rules.second_ink }]);
    }
    label = layLabel(ctx, lines, { stripe: hold.color });
    if (label.width <= room) break;
  }
  return label;
}

function timerLabel(ctx, seconds, size) {
  const whole = Math.floor(seconds);
  const text = `Hold ${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  const look = { stripe: COACH.good, leastWidth: round(size * COACH.timer.least_width) };
  return layLabel(ctx, [[{ text, size, font: DEJAVU_BOLD }]], look);
}

function drawRing(ctx, score, radius, x, y) {
  const rules = COACH.score;
  const side = 2 * radius;
  const width = rules.width * side;
  const [middleX, middleY] = [x + radius, y + radius];
  const arc = (color, share) => {
    ctx.beginPath();
    ctx.arc(middleX, middleY, side * (0.5 - rules.inset) - width / 2, -Math.PI / 2, (2 * share - 0.5) * Math.PI);
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.stroke();
  };
  ctx.save();
  ctx.lineCap = "butt";
  ctx.globalAlpha = DRAWING.label.opacity;
  ctx.beginPath();
  ctx.arc(middleX, middleY, radius, 0, 2 * Math.PI);
  ctx.fillStyle = DRAWING.colors.outline;
  ctx.fill();
  ctx.globalAlpha = 1;
  arc(COACH.ring, 1);
  if (score) arc(score >= 80 ? COACH.good : score >= 60 ? COACH.off : COACH.worst, score / 100);
  const share = String(score).length < 3 ? rules.size : rules.size_of_100;
  ctx.font = `${Math.max(round(radius * share), rules.least_px)}px ${DEJAVU_BOLD}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.fillStyle = "#ffffff";
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = ctx.measureText(String(score));
  ctx.fillText(String(score), middleX, middleY + (up - down) / 2);
  ctx.restore();
}

// Name at the left, score and timer at the right. Returns what is covered now.
function drawCorners(ctx, extra, hold, time, size, frame) {
  const [width, height] = frame;
  const gap = round(size * COACH.gap);
  const right = [];
  if (extra[0] !== NO_SCORE) {
    const radius = round(Math.min(size * COACH.score.radius, Math.min(...frame) * COACH.score.most_share));
    const ring = (x, y) => drawRing(ctx, extra[0], radius, x, y);
    right.push({ width: 2 * radius, height: 2 * radius, draw: ring });
  }
  if (hold) {
    const label = timerLabel(ctx, time - hold.start, size);
    right.push({ ...label, draw: (x, y) => drawLabel(ctx, label, x, y) });
  }
  const widest = Math.max(0, ...right.map((each) => each.width));
  const name = asanaLabel(ctx, hold, extra[1], size, width - 2 * gap - (widest ? widest + gap : 0));
  drawLabel(ctx, name, gap, gap);
  const boxes = [[gap, gap, gap + name.width, gap + name.height]];
  let y = gap;
  for (const each of right) {
    const x = width - gap - each.width;
    each.draw(Math.max(x, 0), Math.max(y, 0));
    boxes.push([x, y, x + each.width, y + each.height]);
    y += each.height + Math.floor(gap / 2);
  }
  const cue = height * COACH.cue_from - COACH.cue_height * Math.min(...frame);
  return [...boxes, [0, cue, width, height]];
}

// body: {xyc, extra}; hold: what is held at the moment, or null.
function drawCoaching(ctx, { xyc, extra }, hold, time, frame, threshold, { skeletons = true, angles = true, labels = true } = {}) {
  const points = seenPoints(xyc, threshold);
  const seen = points.some(Boolean);
  const width = seen ? lineWidth(points, Math.min(...frame)) : 0;
  const arcs = seen && angles && hold ? angleArcs(points, extra) : [];
  if (seen && skeletons) drawSkeleton(ctx, points, width, () => DRAWING.colors.middle);
  for (const arc of arcs) drawArc(ctx, arc, width);
  if (Math.min(...frame) < COACH.least_frame_px) return;
  const { text_share: share, least_text_px: least, most_text_px: most } = COACH;
  const size = round(clamp(Math.min(...frame) * share, least, most));
  const corners = labels ? drawCorners(ctx, extra, hold, time, size, frame) : [];
  drawDegrees(ctx, arcs, points, size, frame, corners);
}
