// Bodies and labels on a canvas, by the rules of harec/render/drawing.json (DRAWING) and in the
// steps of harec/render/skeleton.py, label_placement.py and overlay.py: a test compares the two.
// All sizes are in units of the canvas's transform, one for each CSS pixel of the frame shown.

const LIMBS = [[5, 6], [5, 11], [6, 12], [11, 12], [5, 7], [7, 9], [6, 8], [8, 10],
  [11, 13], [13, 15], [12, 14], [14, 16]];
const FACE = 5; // keypoints before this are the face's
const LEFT_SHOULDER = 5;
const RIGHT_SHOULDER = 6;
const LABEL_FONT = "harec-label";

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
// As Python rounds: halves to the even neighbour.
const round = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
const extent = (values) => Math.max(...values) - Math.min(...values);

function rgbOf(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// Letters of some opacity on a ground, as one colour.
function inkOn(share, ink = [255, 255, 255], ground = rgbOf(DRAWING.colors.outline)) {
  return `rgb(${ink.map((value, i) => round(ground[i] + ((value - ground[i]) * share) / 255))})`;
}

// A body as [x, y] of each keypoint that is drawn; null in place of the others.
function seenPoints(xyc, threshold) {
  return Array.from({ length: 17 }, (_, i) => {
    const [x, y, score] = xyc.subarray(3 * i, 3 * i + 3);
    return score > 0 && score >= threshold ? [x, y] : null;
  });
}

function lineWidth(points, side) {
  const { body_per_px: body, least_per_side: least, most_per_side: most } = DRAWING.line;
  const seen = points.filter(Boolean);
  const size = Math.max(extent(seen.map((p) => p[0])), extent(seen.map((p) => p[1])));
  return Math.max(round(clamp(size / body, side / least, side / most)), 1);
}

// Orange on the person's left, blue on their right.
function colorOf(keypoint) {
  const { left, right, middle } = DRAWING.colors;
  return keypoint === 0 ? middle : keypoint % 2 ? left : right;
}

// OpenCV's smooth lines and dots are wider than it is asked for: measured, in pixels.
const lineInk = (width) => (width > 1 ? 2 * Math.ceil(width / 2) + 1.3 : 1.25);
const dotInk = (width) => width + 1.4;

function strokeLines(ctx, lines, color, width) {
  if (!lines.length) return;
  ctx.beginPath();
  for (const [first, ...rest] of lines) {
    ctx.moveTo(...first);
    for (const point of rest) ctx.lineTo(...point);
  }
  ctx.lineWidth = lineInk(width);
  ctx.strokeStyle = color;
  ctx.stroke();
}

function fillDots(ctx, dots, color, width) {
  ctx.beginPath();
  for (const [x, y] of dots) {
    ctx.moveTo(x + dotInk(width) / 2, y);
    ctx.arc(x, y, dotInk(width) / 2, 0, 2 * Math.PI);
  }
  ctx.fillStyle = color;
  ctx.fill();
}

// Images have their first pixel's middle at 0, a canvas has its edge there.
function inPixels(ctx, draw) {
  ctx.save();
  ctx.translate(0.5, 0.5);
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  draw();
  ctx.restore();
}

// colors: of a keypoint; default: by the body's sides.
function drawSkeleton(ctx, points, width, colors = colorOf) {
  const { edge, dot, face_dot_px: facePx } = DRAWING.line;
  const { middle, outline } = DRAWING.colors;
  const border = 2 * Math.max(round(width * edge), 1);
  const limbs = LIMBS.filter(([a, b]) => points[a] && points[b]);
  const lineOf = ([a, b]) => [points[a], points[b]];
  const dots = points.map((point, i) => [point, i]).filter(([point]) => point);
  const dotWidth = (face) => (face ? width + facePx : dot * width);
  inPixels(ctx, () => {
    strokeLines(ctx, limbs.map(lineOf), outline, width + border);
    for (const limb of limbs) {
      const [a, b] = limb.map(colors);
      strokeLines(ctx, [lineOf(limb)], a === b ? a : middle, width);
    }
    for (const face of [true, false]) {
      const those = dots.filter(([, i]) => i < FACE === face).map(([point]) => point);
      fillDots(ctx, those, outline, dotWidth(face) + border);
    }
    for (const [point, i] of dots) fillDots(ctx, [point], colors(i), dotWidth(i < FACE));
  });
}

// A label to be drawn: lines of {text, size, ink (0..255), font}, and how they are laid out.
function layLabel(ctx, lines, { stripe = null, margin = 0.17, ground = DRAWING.colors.outline,
  ink = "#ffffff", opacity = DRAWING.label.opacity, leastWidth = 0 } = {}) {
  const rules = DRAWING.label;
  const largest = Math.max(...lines.flat().map((each) => each.size));
  const pad = round(largest * rules.pad);
  const band = stripe ? round(largest * rules.band) : 0;
  const space = largest * rules.space;
  const measured = lines.map((line) => line.map((each) => {
    // Letters that the font lacks come from the visitor's own.
    ctx.font = `${each.size}px ${each.font ?? LABEL_FONT}, sans-serif`;
    return { ...each, font: ctx.font, metrics: ctx.measureText(each.text) };
  }));
  const widths = measured.map(
    (line) => line.reduce((sum, each) => sum + each.metrics.width, space * (line.length - 1)));
  const rows = lines.map((line) => round(Math.max(...line.map((each) => each.size)) * rules.row));
  const natural = band + 2 * pad + round(Math.max(...widths));
  const height = rows.reduce((a, b) => a + b, 0) + round(largest * 2 * margin);
  const width = Math.max(natural, leastWidth);
  const left = band + pad + (width - natural) / 2;
  return { width, height, measured, rows, space, left, band, stripe, ground, ink, opacity,
    top: largest * margin, corner: largest * rules.corner };
}

function drawLabel(ctx, label, x, y) {
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(x, y, label.width, label.height, label.corner);
  ctx.clip();
  ctx.globalAlpha = label.opacity;
  ctx.fillStyle = label.ground;
  ctx.fillRect(x, y, label.width, label.height);
  ctx.globalAlpha = 1;
  if (label.stripe) {
    ctx.fillStyle = label.stripe;
    ctx.fillRect(x, y, label.band, label.height);
  }
  ctx.textBaseline = "alphabetic";
  let rowTop = y + label.top;
  label.measured.forEach((line, i) => {
    let at = x + label.left;
    for (const { text, ink, font, metrics } of line) {
      const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = metrics;
      ctx.font = font;
      ctx.fillStyle = inkOn(ink ?? 255, rgbOf(label.ink), rgbOf(label.ground));
      ctx.fillText(text, at, rowTop + label.rows[i] / 2 + (up - down) / 2);
      at += metrics.width + label.space;
    }
    rowTop += label.rows[i];
  });
  ctx.restore();
}

// The label that fits into the frame: smaller letters, then fewer words.
function personLabel(ctx, person, size, frameW) {
  const { fits, least_fit_px: leastPx, margin, id_ink, name_ink, number_ink } = DRAWING.label;
  const known = DRAWING.actions[person.action] ?? DRAWING.actions.OTHER;
  const action = person.action ? { ...known, color: person.color ?? known.color } : null;
  const name = action ? person.title ?? action.title : "";
  const count = action && person.repetitions ? `x${person.repetitions}` : "";
  const percent = action && person.percent ? `${person.percent} %` : "";
  const least = fits.at(-1);
  const tries = [...fits.map((share) => [share, name, count, percent]),
    [least, name, count, ""], [least, name, "", ""], [least, "", "", ""]];
  let label;
  for (const [share, ...words] of tries) {
    const letters = share === 1 ? size : Math.max(round(size * share), leastPx);
    const inks = [id_ink, name_ink, name_ink, number_ink];
    const texts = [`#${person.id}`, ...words]
      .map((text, i) => ({ text, ink: inks[i], size: letters })).filter(({ text }) => text);
    label = layLabel(ctx, [texts], { stripe: action?.color, margin });
    if (label.width + 4 <= frameW) break;
  }
  return label;
}

function labelSize([width, height]) {
  const { side_share: share, least_px: least, most_px: most } = DRAWING.label;
  return clamp(round(Math.min(width, height) * share), least, most);
}

// people: [{id, xyc, action, color, percent, repetitions}] in units of the frame; what to draw of them:
// skeletons, labels, boxes. Returns the labels' boxes.
function drawPeople(ctx, people, frame, threshold, { skeletons = true, labels = true, boxes = false } = {}) {
  const shown = people.map((person) => ({ ...person, points: seenPoints(person.xyc, threshold) }))
    .filter(({ points }) => points.some(Boolean));
  for (const { points, action, color } of shown) {
    const width = lineWidth(points, Math.min(...frame));
    if (boxes) drawBox(ctx, bodyBox(points), color ?? DRAWING.actions[action]?.color, width);
    if (skeletons) drawSkeleton(ctx, points, width);
  }
  if (!labels) return [];
  // By id and not by place: labels must not jump when two people pass each other.
  shown.sort((a, b) => a.id - b.id);
  const size = labelSize(frame);
  const heads = shown.map(({ points }) => headBox(points));
  const costly = [...heads.map((box) => [box, DRAWING.placement.face_cost]),
    ...shown.map(({ points }) => [bodyBox(points), DRAWING.placement.body_cost])];
  const taken = [];
  shown.forEach((person, i) => {
    const label = personLabel(ctx, person, size, frame[0]);
    const [x, y] = placeLabel([label.width, label.height], frame, heads[i], costly, taken);
    const box = [x, y, x + label.width, y + label.height];
    drawLeader(ctx, box, heads[i]);
    drawLabel(ctx, label, x, y);
    taken.push(box);
  });
  return taken;
}

// Around a body, in the colour of what the person does. Only in the browser.
function drawBox(ctx, [left, top, right, bottom], color, width) {
  const pad = 4 * width;
  const box = [left - pad, top - pad, right - left + 2 * pad, bottom - top + 2 * pad];
  ctx.lineJoin = "round";
  for (const [ink, px] of [[DRAWING.colors.outline, width + 2], [color ?? DRAWING.colors.middle, width]]) {
    ctx.strokeStyle = ink;
    ctx.lineWidth = px;
    ctx.strokeRect(...box);
  }
}

// Where the middle of a body was, oldest first: [x, y] or null where it was not seen. Only in the
// browser.
function drawTrail(ctx, places, color, width) {
  ctx.save();
  ctx.lineCap = "round";
  for (let i = 1; i < places.length; i += 1) {
    if (!places[i - 1] || !places[i]) continue;
    ctx.globalAlpha = (0.85 * i) / places.length;
    strokeLines(ctx, [[places[i - 1], places[i]]], color, width);
  }
  ctx.restore();
}

// The letters of Python's labels. Resolves in any case: other letters are better than none.
const fontsLoaded = new Map();

function loadFonts(...names) {
  return Promise.all(names.map((name) => {
    if (!fontsLoaded.has(name)) {
      const font = new FontFace(name, `url(${new URL(DRAWING_FONTS[name], document.baseURI).href})`);
      document.fonts.add(font);
      fontsLoaded.set(name, font.load().catch(() => {}));
    }
    return fontsLoaded.get(name);
  }));
}
