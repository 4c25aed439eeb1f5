// Where a person's label stands: near the head, on no face and on no other label. The steps are those
// of harec/render/label_placement.py; a body is its points, null for those that are not drawn.

// About where the head is, as left, top, right, bottom.
function headBox(points) {
  const seen = points.filter(Boolean);
  const xs = seen.map((p) => p[0]);
  const ys = seen.map((p) => p[1]);
  const [left, right] = [points[LEFT_SHOULDER], points[RIGHT_SHOULDER]];
  const shoulders = left && right ? Math.abs(left[0] - right[0]) * 0.35 : 0;
  let half = Math.max(shoulders, Math.max(extent(xs), extent(ys)) * 0.06, 4);
  const face = points.slice(0, FACE).filter(Boolean);
  if (face.length) {
    const x = mean(face.map((p) => p[0]));
    const y = mean(face.map((p) => p[1]));
    half = Math.max(half, extent(face.map((p) => p[0])) * 0.6);
    return [x - half, y - 1.3 * half, x + half, y + 1.2 * half];
  }
  if (left && right) {
    const x = (left[0] + right[0]) / 2;
    const y = (left[1] + right[1]) / 2;
    return [x - half, y - 3 * half, x + half, y];
  }
  const top = Math.min(...ys);
  return [mean(xs) - half, top - half, mean(xs) + half, top];
}

function bodyBox(points) {
  const seen = points.filter(Boolean);
  const xs = seen.map((p) => p[0]);
  const ys = seen.map((p) => p[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function boxDistance(a, b) {
  return Math.max(b[0] - a[2], a[0] - b[2], 0) + Math.max(b[1] - a[3], a[1] - b[3], 0);
}

function sharedArea(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(width, 0) * Math.max(height, 0);
}

// Top left corner of a label; costly: [box, cost of a square pixel], taken: boxes of other labels.
function placeLabel([w, h], [frameW, frameH], head, costly, taken) {
  const rules = DRAWING.placement;
  const edge = rules.edge_px;
  const gap = Math.max(Math.floor(h * rules.gap), 2);
  const middle = (head[0] + head[2]) / 2 - w / 2;
  const above = head[1] - gap - h;
  const row = h + rules.row_px;
  const wishes = [[middle, above], [head[2] + gap, head[1]], [head[0] - gap - w, head[1]],
    [middle, above - row], [middle, above - 2 * row]];
  for (const box of [...taken, ...costly.map(([each]) => each)]) {
    wishes.push([box[2] + edge, above], [box[0] - w - edge, above]);
  }
  for (let y = edge; y < Math.max(frameH - h, edge + 1); y += row) wishes.push([middle, y]);
  let best = [0, 0];
  let least = Infinity;
  for (const wish of wishes) {
    const x = round(Math.min(Math.max(wish[0], edge), Math.max(frameW - w - edge, 0)));
    const y = round(Math.min(Math.max(wish[1], edge), Math.max(frameH - h - edge, 0)));
    const box = [x, y, x + w, y + h];
    let cost = 0;
    for (const other of taken) cost += rules.taken_cost * sharedArea(box, other);
    for (const [other, weight] of costly) cost += weight * sharedArea(box, other);
    const shift = Math.abs(x - middle) + Math.abs(y - above);
    cost += h * (boxDistance(box, head) + rules.shift_cost * shift);
    if (cost < least) [least, best] = [cost, [x, y]];
  }
  return best;
}

// A line from a label that had to move away to its person's head.
function drawLeader(ctx, label, head) {
  const rules = DRAWING.placement;
  if (boxDistance(label, head) < rules.leader_from * (label[3] - label[1])) return;
  const x = (head[0] + head[2]) / 2;
  const y = label[3] <= head[1] ? head[1] : head[3];
  const inset = rules.leader_inset_px;
  const startX = Math.min(Math.max(x, label[0] + inset), label[2] - inset);
  const line = [[startX, label[3] <= y ? label[3] : label[1]], [x, y]];
  inPixels(ctx, () => {
    strokeLines(ctx, [line], DRAWING.colors.outline, rules.leader_edge_px);
    strokeLines(ctx, [line], DRAWING.colors.middle, rules.leader_px);
  });
}
