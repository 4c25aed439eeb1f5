"""Training of the yoga classifier: data, disturbance, held-out figures, references."""

import json

import cv2
import numpy as np
import pytest

from harec.core.errors import InputError
from harec.core.poses import Poses
from harec.simulate.body.body import Body
from harec.simulate.camera import Camera
from harec.simulate.motion.asanas import asana_joints, camera_yaw
from harec.training.yoga import photos as yoga_photos
from harec.training.yoga import train as training
from harec.training.yoga.augment import disturb, other_arms, tilted
from harec.training.yoga.data import (
    DRAWN_YOGA,
    NONE,
    PHOTO,
    PosePool,
    drawn_yoga,
    join,
    load_everyday,
    random_poses,
    simulated_everyday,
    unseen_away,
)
from harec.training.yoga.figures import figures_of, report
from harec.training.yoga.held_out import HeldOutPoses, good_photos, threshold_of
from harec.training.yoga.other_yoga import DRAWN, draw_other_yoga
from harec.training.yoga.photos import load_photos, read_corrections
from harec.training.yoga.references import left_side, make_references
from harec.training.yoga.train import CLASSES, YogaPlan, fit_model, hold_out
from harec.yoga.coaching.references import References, load_references
from harec.yoga.recognition.angles import ANGLE_NAMES, joint_angles
from harec.yoga.recognition.asanas import ASANAS, OTHERS, PHOTO_ASANAS
from harec.yoga.recognition.classifier import (
    NO_ASANA,
    AsanaConfig,
    load_asana_model,
)
from harec.yoga.recognition.rules import rule_confidences

PLAN = YogaPlan(folds=2, networks=1, steps=250, simulated=2, random=100, drawn=40)


def photo_pool(each: int, seed: int) -> PosePool:
    """Simulated "photos": bodies in every asana, on both sides, from about the right direction."""
    rng = np.random.default_rng(seed)
    rows = []
    for target, name in enumerate(PHOTO_ASANAS):
        for index in range(each):
            side = ("left", "right")[index % 2] if ASANAS[name].sided else None
            joints = asana_joints(name, side, None, Body.random(rng))
            yaw = camera_yaw(name, side) + rng.normal(0, 0.15)
            xy, _ = Camera((640, 480), yaw=yaw).framing(joints).project(joints)
            pose = np.concatenate([xy, np.ones((17, 1))], axis=1).astype(np.float32)
            rows.append((pose, target, f"{name}{index}", "photo", f"{name}/{index}"))
    return PosePool.of(rows)


@pytest.fixture(scope="module")
def pool() -> PosePool:
    return join(photo_pool(8, 0), simulated_everyday(2, np.random.default_rng(1)))


def test_a_network_learns_the_asanas_from_other_bodies(pool):
    model = fit_model(pool, PLAN, AsanaConfig())
    unseen = photo_pool(4, 77)
    answers = model.network_probabilities(unseen.keypoints_xyc).argmax(axis=1)
    assert (answers == unseen.targets).mean() >= 0.9


def test_every_pose_is_judged_once_by_networks_that_never_saw_its_group(pool, monkeypatch):
    learnt: list[set[str]] = []
    real = training.fit_model

    def spy(part, plan, config):
        learnt.append(set(part.groups))
        return real(part, YogaPlan(networks=1, steps=1), config)

    monkeypatch.setattr(training, "fit_model", spy)
    answers = hold_out(pool, PLAN, lambda _: None)
    fold = pool.fold(PLAN.folds)
    for held in range(PLAN.folds):
        assert not learnt[held] & set(pool.groups[fold == held])
    np.testing.assert_allclose(answers.learnt.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(answers.final.sum(axis=1), 1, atol=1e-5)


def test_folds_depend_on_the_group_alone(pool):
    order = np.random.default_rng(0).permutation(len(pool))
    np.testing.assert_array_equal(pool.select(order).fold(5), pool.fold(5)[order])
    assert set(pool.fold(5)) == set(range(5))


def test_the_threshold_is_the_lowest_that_keeps_everyday_poses_out():
    none = 200
    everyday = np.zeros((none, NO_ASANA + 1), np.float32)
    everyday[:, NO_ASANA] = 1
    everyday[:20, 0], everyday[:20, NO_ASANA] = 0.42, 0.58  # a tenth is nearly an asana
    everyday[0, 0] = 0.95  # and one in two hundred for sure
    pool = PosePool(
        np.ones((none, 17, 3), np.float32),
        np.full(none, NONE),
        *(np.array(["x"] * none) for _ in range(3)),
    )
    answers = HeldOutPoses(pool, np.zeros((none, len(CLASSES)), np.float32), everyday)
    assert threshold_of(answers) == pytest.approx(0.45)


class TestDisturb:
    def test_joints_that_are_not_seen_stay_so_and_numbers_stay_finite(self, pool):
        keypoints = pool.keypoints_xyc[:200].copy()
        keypoints[::3, 9] = 0
        keypoints[0] = 0
        keypoints[1, :, 2] = 0
        keypoints[1, 0, 2] = 1  # a nose and nothing else
        out = disturb(np.random.default_rng(0), keypoints)
        assert np.isfinite(out).all()
        # a mirror image swaps the wrists
        assert ((out[::3, 9, 2] == 0) | (out[::3, 10, 2] == 0)).all()

    def test_angles_move_by_degrees_and_not_by_poses(self, pool):
        photos = pool.select(pool.photographed)
        keypoints = np.repeat(photos.keypoints_xyc, 20, axis=0)
        before = joint_angles(keypoints)
        out = disturb(np.random.default_rng(0), keypoints)
        after = joint_angles(out)
        change = np.abs(np.sort(after[:, 6:8], axis=1) - np.sort(before[:, 6:8], axis=1))
        assert 2 < np.nanmedian(change) < 12
        assert np.nanquantile(change, 0.9) < 40

    def test_the_given_poses_are_not_changed(self, pool):
        keypoints = pool.keypoints_xyc[:10].copy()
        disturb(np.random.default_rng(0), keypoints)
        np.testing.assert_array_equal(keypoints, pool.keypoints_xyc[:10])


class TestReferences:
    def test_they_are_the_median_and_the_spread_of_the_photos(self):
        photos = photo_pool(20, 5)
        data = json.loads(json.dumps(make_references(photos)))
        made = References(data)
        tree = photos.keypoints_xyc[photos.targets == PHOTO_ASANAS.index("vrikshasana")]
        knees = left_side("vrikshasana", joint_angles(tree))[:, ANGLE_NAMES.index("left_knee")]
        wanted = made.of("vrikshasana", "left")["left_knee"]
        assert wanted.target == pytest.approx(np.median(knees), abs=0.06)
        assert wanted.low <= np.quantile(knees, 0.1) + 0.06
        assert wanted.high >= np.quantile(knees, 0.9) - 0.06
        assert made.of("vrikshasana", "right")["right_knee"] == wanted

    def test_a_book_overrules_the_photos(self):
        data = make_references(photo_pool(6, 6))
        knee = data["asanas"]["virabhadrasana_ii"]["ranges"]["left_knee"]
        assert (knee["low"], knee["high"]) == (90, 110)
        assert "Light on Yoga" in knee["source"]

    def test_asanas_without_photos_say_so(self):
        data = make_references(photo_pool(6, 6))["asanas"]
        assert {name for name, entry in data.items() if not entry["photos"]} == {
            "virabhadrasana_i",
            "virabhadrasana_iii",
            "tadasana",
        }

    def test_those_that_ship_tell_left_from_right(self):
        references = load_references()
        for name, asana in ASANAS.items():
            if asana.sided:
                angles = np.array([references.median(name, "left")[a] for a in ANGLE_NAMES])
                assert asana.side_of(angles) == "left", name
                mirrored = np.array([references.median(name, "right")[a] for a in ANGLE_NAMES])
                assert asana.side_of(mirrored) == "right", name


class TestPhotos:
    def figure(self, path, shift: int = 0) -> None:
        """An image without a person, different for each shift."""
        image = np.full((160, 200, 3), 200, np.uint8)
        cv2.circle(image, (40 + shift, 60), 30, (30, 60, 200), -1)
        cv2.imwrite(str(path), image)

    @pytest.fixture(autouse=True)
    def nobody(self, monkeypatch):
        """An engine that finds no person, at once."""

        class Blind:
            name = "movenet"

            def reset(self) -> None: ...

            def estimate(self, rgb):
                return Poses.empty()

        monkeypatch.setattr(yoga_photos, "create_estimator", lambda *_, **__: Blind())

    def test_copies_and_mirror_images_of_a_photo_are_one_group(self, tmp_path):
        for name in PHOTO_ASANAS:
            (tmp_path / name).mkdir()
            self.figure(tmp_path / name / "a.png")
            image = cv2.imread(str(tmp_path / name / "a.png"))
            cv2.imwrite(str(tmp_path / name / "b.jpg"), image[:, ::-1])
            self.figure(tmp_path / name / "c.png", shift=90)
        (tmp_path / PHOTO_ASANAS[0] / "broken.jpg").write_text("no photo")
        reported: list[str] = []
        pool = load_photos([tmp_path], echo=reported.append)
        assert len(pool) == 3 * len(PHOTO_ASANAS), reported
        groups = dict(zip(pool.names, pool.groups, strict=True))
        first = f"{tmp_path.name}/{PHOTO_ASANAS[0]}"
        assert groups[f"{first}/b.jpg"] == groups[f"{first}/a.png"] == f"{first}/a.png"
        assert groups[f"{first}/c.png"] == f"{first}/c.png"
        assert not pool.keypoints_xyc.any()  # no person is in them: they stay, as misses
        assert any("broken.jpg" in line for line in reported)

    def test_a_folder_that_is_no_asana_is_refused(self, tmp_path):
        (tmp_path / "handstand").mkdir()
        with pytest.raises(InputError, match="handstand"):
            load_photos([tmp_path])

    def test_an_asana_without_photos_is_refused(self, tmp_path):
        with pytest.raises(InputError, match="no photos"):
            load_photos([tmp_path])
        with pytest.raises(InputError, match="no folder"):
            load_photos([tmp_path / "none"])

    def test_folders_of_other_yoga_and_corrected_labels(self, tmp_path):
        for name in PHOTO_ASANAS:
            (tmp_path / "own" / name).mkdir(parents=True)
            self.figure(tmp_path / "own" / name / "a.png")
        (tmp_path / "more" / "OTHER_plank").mkdir(parents=True)
        for i, shift in enumerate((0, 40, 80)):
            self.figure(tmp_path / "more" / "OTHER_plank" / f"{i}.png", shift)
        labels = tmp_path / "labels.tsv"
        labels.write_text(
            "# a remark\n\nmore/OTHER_plank/1.png\tOTHER_side_plank\tseen from the front\n"
            "more/OTHER_plank/2.png\t-\ta cat\nown/trikonasana/a.png\ttadasana\tstands\n"
        )
        pool = load_photos([tmp_path / "own", tmp_path / "more"], read_corrections(labels))
        kinds = [*PHOTO_ASANAS, *OTHERS]
        found = {n: kinds[t] for n, t in zip(pool.names, pool.targets, strict=True)}
        assert found.pop("more/OTHER_plank/0.png") == "plank"
        assert found.pop("more/OTHER_plank/1.png") == "side_plank"
        # what rules define teaches nothing, nor does what is left out
        assert found == {f"own/{n}/a.png": n for n in PHOTO_ASANAS if n != "trikonasana"}

    @pytest.mark.parametrize("line", ["a.png", "a.png\thandstand\tx", "a.png\tOTHER_tea\tx"])
    def test_a_line_that_corrects_nothing_is_refused(self, tmp_path, line):
        (tmp_path / "labels.tsv").write_text(line)
        with pytest.raises(InputError, match="labels"):
            read_corrections(tmp_path / "labels.tsv")
        with pytest.raises(InputError, match="can't be read"):
            read_corrections(tmp_path / "none.tsv")


def test_everyday_poses_come_from_archives(tmp_path):
    frames = np.random.default_rng(0).uniform(0, 300, (40, 17, 3)).astype(np.float32)
    frames[..., 2] = 0.9
    frames[:, 3, 2] = 0.1
    np.savez(
        tmp_path / "a.npz",
        keypoints=frames,
        offsets=np.array([0, 20, 40]),
        label=np.array(["WALKING", "SITTING"]),
        source=np.array(["here", "here"]),
        subject=np.array(["ann", "bob"]),
        clip=np.array(["1", "2"]),
        fps=np.array([30.0, 30.0], np.float32),
    )
    pool = load_everyday([tmp_path / "a.npz"], np.random.default_rng(0))
    assert set(pool.groups) == {"here/ann", "here/bob"}
    assert (pool.targets == NONE).all()
    assert not pool.keypoints_xyc[:, 3].any()  # too unsure to count as seen
    with pytest.raises(InputError, match="Everyday"):
        load_everyday([], np.random.default_rng(0))


def test_random_poses_are_other_poses_than_the_photos():
    photos = photo_pool(3, 0)
    pool = random_poses(300, np.random.default_rng(0), photos)
    assert len(pool) == 300
    assert (pool.targets == NONE).all()
    angles, known = joint_angles(pool.keypoints_xyc), joint_angles(photos.keypoints_xyc)
    apart = np.abs(angles[:, None] - known[None]).mean(axis=2)
    assert apart.min() > 20
    assert np.ptp(angles[:, 6]) > 120  # knees of all kinds
    # half of them fold both arms and both legs alike, as in profile
    alike = np.abs(angles[:, 6] - angles[:, 7]) < 25
    assert 0.35 < alike.mean() < 0.85


def test_drawn_yoga_is_of_every_kind_and_of_no_asana_that_rules_define():
    assert tuple(DRAWN) == OTHERS
    pool = drawn_yoga(60, np.random.default_rng(0))
    assert np.bincount(pool.targets)[len(PHOTO_ASANAS) :].tolist() == [60] * len(OTHERS)
    assert set(pool.sources) == {DRAWN_YOGA}
    assert np.isfinite(pool.keypoints_xyc).all()
    rules = rule_confidences(pool.keypoints_xyc, joint_angles(pool.keypoints_xyc))
    for name, confidence in rules.items():
        assert (confidence > 0.5).mean() < 0.02, name


def test_drawn_yoga_has_the_directions_it_is_drawn_by():
    bodies = draw_other_yoga("side_plank", 400, np.random.default_rng(0))
    variant = DRAWN["side_plank"][0]
    bodies = bodies[:: len(DRAWN["side_plank"])]
    hips, shoulders = bodies[:, [11, 12], :2].mean(axis=1), bodies[:, [5, 6], :2].mean(axis=1)
    trunk = np.degrees(np.arctan2(-(shoulders - hips)[:, 1], (shoulders - hips)[:, 0]))
    assert np.median(trunk) == pytest.approx(variant.trunk, abs=5)
    arm = bodies[:, 9, :2] - bodies[:, 5, :2]  # it bears the body: straight down
    assert (arm[:, 1] > 60).mean() > 0.95
    assert (np.abs(bodies[:, 10, 1] - bodies[:, 6, 1]) > 60).mean() > 0.9


def test_a_tilted_picture_is_tilted_by_degrees_and_a_turned_one_is_told(pool):
    keypoints = np.repeat(pool.keypoints_xyc[:1], 2000, axis=0)
    targets = np.where(np.arange(2000) % 2, NONE, 0)
    out, upright = tilted(np.random.default_rng(0), keypoints, targets)
    assert 0.85 < upright[::2].mean() < 0.95
    assert upright[1::2].mean() < 0.85

    def direction(bodies):
        trunk = bodies[:, [5, 6], :2].mean(axis=1) - bodies[:, [11, 12], :2].mean(axis=1)
        return np.degrees(np.arctan2(trunk[:, 1], trunk[:, 0]))

    turn = (direction(out) - direction(keypoints) + 180) % 360 - 180
    assert np.abs(turn[upright]).max() <= 25
    assert 4 < np.abs(turn[upright]).mean() < 14
    assert np.abs(turn[~upright]).min() > 60
    np.testing.assert_allclose(joint_angles(out), joint_angles(keypoints), atol=0.1)


def test_goddess_and_tree_are_taught_with_the_arms_of_others_and_nobody_else(pool):
    photos = pool.select(pool.photographed)
    out = other_arms(np.random.default_rng(0), photos.keypoints_xyc, photos.targets)
    changed = (out != photos.keypoints_xyc).any(axis=(1, 2))
    any_arms = [PHOTO_ASANAS.index(n) for n in ("utkata_konasana", "vrikshasana")]
    assert set(photos.targets[changed]) == set(any_arms)
    rest = [i for i in range(17) if i not in (7, 8, 9, 10)]
    np.testing.assert_array_equal(out[:, rest], photos.keypoints_xyc[:, rest])


def test_figures_count_photos_sets_and_other_yoga(pool):
    rows = [
        (pool.keypoints_xyc[0], 0, "a", PHOTO, "old/dog/a"),
        (pool.keypoints_xyc[0], 0, "b", PHOTO, "new/dog/b"),
        (pool.keypoints_xyc[0], len(PHOTO_ASANAS), "c", PHOTO, "new/plank/c"),
        (pool.keypoints_xyc[0], NONE, "d", "walks", "d"),
    ]
    final = np.zeros((4, NO_ASANA + 1), np.float32)
    dog = list(ASANAS).index(PHOTO_ASANAS[0])
    final[[0, 2], dog], final[[1, 3], NO_ASANA] = 1, 1
    learnt = np.zeros((4, len(CLASSES)), np.float32)
    figures = figures_of(HeldOutPoses(PosePool.of(rows), learnt, final), 0.5)
    assert (figures["accuracy"], figures["accuracy_old"], figures["accuracy_new"]) == (0.5, 1, 0)
    assert figures["false_asanas_on_them"] == 1
    assert figures["false_asanas"] == 0
    text = report(HeldOutPoses(PosePool.of(rows), learnt, final), 0.5)
    assert "new/plank/c (adho_mukha_svanasana)" in text


def test_unsure_joints_count_as_not_seen():
    keypoints = np.array([[[5, 6, 0.19], [7, 8, 0.21]]], np.float32)
    np.testing.assert_allclose(unseen_away(keypoints), [[[0, 0, 0], [7, 8, 0.21]]])


def test_photos_that_are_beyond_doubt_teach_the_angles():
    pool = photo_pool(4, 0)
    asanas = len(PHOTO_ASANAS)
    learnt = np.full((len(pool), len(CLASSES)), 0.1, np.float32)
    sure = np.tile([0.95, 0.85, 0.5, 0.1], asanas)
    sure[:4] = 0.7, 0.6, 0.5, 0.1  # nothing of the first asana is: its surest half
    learnt[np.arange(len(pool)), pool.targets] = sure
    good = good_photos(HeldOutPoses(pool, learnt, np.zeros((len(pool), NO_ASANA + 1), np.float32)))
    assert good.reshape(asanas, 4).tolist() == [[True, True, False, False]] * asanas


def test_files_are_written_that_the_coach_reads(tmp_path, monkeypatch):
    """The whole run, with simulated photos instead of files."""
    monkeypatch.setattr(training, "load_photos", lambda folders, labels, echo: photo_pool(6, 3))
    monkeypatch.setattr(training, "load_everyday", lambda paths, rng: simulated_everyday(1, rng))
    text = training.train_yoga([tmp_path], [], tmp_path, PLAN, lambda _: None)
    assert "photos (truth down, answer across)" in text
    model = load_asana_model(tmp_path / "yoga-asanas.safetensors")
    knee = load_references(tmp_path / "yoga-references.json").of("vrikshasana")["left_knee"]
    assert 20 < knee.target < 60
    assert model.config.figures["photos"] == 48
    unseen = photo_pool(2, 9)
    named = model.probabilities(unseen.keypoints_xyc)[:, :NO_ASANA].argmax(axis=1)
    truth = [list(ASANAS).index(PHOTO_ASANAS[t]) for t in unseen.targets]
    assert (named == truth).mean() >= 0.85
