from pathlib import Path

import numpy as np
import pytest
from phantom import make_spine

from spindle_trainer.cases import WorkingCase, find_vertebrae
from spindle_trainer.job import Case
from spindle_trainer.presets import NetworkSpec
from spindle_trainer.sampling import (
    EMPTY_EVERY,
    KINDS,
    Sampler,
    choose_case,
    cut_along_spine,
    is_complete,
    lowest_in_view,
    memories_below,
    target_of,
)

SPEC = NetworkSpec((4.0, 1.5, 1.5), (16, 48, 48), -0.5, -0.25, 1.5)  # the blocks' own grid


def working_case(series="1_t2", incomplete=(), annotated=("vertebra", "disc", "canal"), **changes) -> WorkingCase:
    image, labels = make_spine()
    number, sequence = series.split("_", 1)
    facts = {"patient": number, "hospital": "RH1", "sequence": sequence, "split": "train", **changes}
    case = Case(
        series=series,
        image=Path(),
        mask=Path(),
        incomplete_vertebrae=frozenset(incomplete),
        annotated_classes=frozenset(annotated),
        **facts,
    )
    return WorkingCase(case, image.astype(np.float32) / 1000, labels, find_vertebrae(labels, frozenset(incomplete)))


def row(*labels) -> np.ndarray:
    return np.array(labels, np.uint8).reshape(-1, 1, 1)


def test_memory_is_every_smaller_label():
    labels = row(0, 201, 1, 202, 2, 203, 3, 100)
    vertebrae, discs = memories_below(labels, 2)
    assert vertebrae.ravel().tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert discs.ravel().tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    vertebrae, discs = memories_below(labels, 4)  # one above the top: everything is known
    assert vertebrae.ravel().tolist() == [0, 0, 1, 0, 1, 0, 1, 0]
    assert discs.ravel().tolist() == [0, 1, 0, 1, 0, 1, 0, 0]


def test_canal_is_never_taken_for_a_vertebra_in_memory():
    vertebrae, _ = memories_below(row(100, 25, 24), 26)
    assert vertebrae.ravel().tolist() == [0, 1, 1]


def test_target_is_the_vertebra_the_disc_below_it_and_the_canal():
    labels = row(201, 1, 202, 2, 203, 3, 100)
    vertebra, disc, canal = target_of(labels, 2)
    assert vertebra.ravel().tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert disc.ravel().tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert canal.ravel().tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_a_disc_without_its_vertebra_in_view_is_not_wanted():
    vertebra, disc, _ = target_of(row(202, 100, 1), 2)
    assert not vertebra.any()
    assert not disc.any()


def test_the_lowest_in_view():
    assert lowest_in_view(row(100, 204, 4, 3, 203)) == 3
    assert lowest_in_view(row(100, 204)) == 26


def test_every_fourth_sample_leaves_nothing_to_find_but_the_canal():
    sampler = Sampler([working_case()], SPEC, seed=5)
    for number in range(EMPTY_EVERY - 1, 40, EMPTY_EVERY):
        sample = sampler.sample(number)
        assert not sample.target[:2].any()
        assert sample.complete_weight == 0  # no vertebra, nothing to say about it
        assert sample.patch[1].any()  # all vertebrae are in memory
    others = [sampler.sample(number) for number in range(40) if number % EMPTY_EVERY != EMPTY_EVERY - 1]
    assert np.mean([each.target[0].any() for each in others]) > 0.8


def test_a_search_has_nothing_in_memory_even_where_a_disc_is_in_view(monkeypatch):
    monkeypatch.setattr("spindle_trainer.sampling.KINDS", {**dict.fromkeys(KINDS, 0.0), "search": 1.0})
    sampler = Sampler([working_case()], SPEC, seed=1)
    for number in range(60):
        if number % EMPTY_EVERY != EMPTY_EVERY - 1:
            assert not sampler.sample(number).patch[1:].any()


def test_a_number_gives_a_sample_whatever_was_drawn_before():
    case = working_case()
    one, other = Sampler([case], SPEC, seed=3), Sampler([case], SPEC, seed=3)
    one.sample(0)
    for number in (7, 2):
        a, b = one.sample(number), other.sample(number)
        np.testing.assert_array_equal(a.patch, b.patch)
        np.testing.assert_array_equal(a.target, b.target)
    assert not np.array_equal(one.sample(7).patch, one.sample(8).patch)
    assert not np.array_equal(one.sample(7).patch, Sampler([case], SPEC, seed=4).sample(7).patch)


def test_arrays_are_what_the_network_takes():
    sample = Sampler([working_case()], SPEC, seed=3).sample(0)
    assert sample.patch.shape == sample.target.shape == (3, *SPEC.patch_zyx)
    assert sample.patch.dtype == sample.target.dtype == np.float32
    assert set(np.unique(sample.patch[1:])) <= {0, 1}


def test_unannotated_classes_weigh_nothing():
    case = working_case(annotated=("vertebra", "canal"))
    assert Sampler([case], SPEC, seed=3).sample(0).class_weights.tolist() == [1, 0, 1]


def test_the_end_of_the_field_of_view():
    rng = np.random.default_rng(0)
    image, labels = np.ones((10, 2, 2), np.float32), np.ones((10, 2, 2), np.uint8)
    cut_along_spine(image, labels, -0.5, rng)
    gone = labels == 0
    assert 0 < gone.sum() < gone.size
    np.testing.assert_array_equal(image == -0.5, gone)


def column(low: int, high: int, cut: int | None = None, size: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """A patch with a vertebra from slice `low` to `high`, its image ending before slice `cut`: (found, image)."""
    labels, image = np.zeros((size, 5, 5), bool), np.ones((size, 5, 5), np.float32)
    labels[low:high, 1:4, 1:4] = True
    if cut is not None:
        labels[cut:], image[cut:] = False, SPEC.outside_value
    return labels, image


def test_completeness():
    whole = find_vertebrae(np.where(column(5, 15)[0], 1, 0), frozenset())[1]
    assert whole.voxels == 10 * 9

    def judged(found, image, vertebra=whole):
        return is_complete(found, image, vertebra, 1.0, SPEC)

    assert judged(*column(5, 15))
    assert not judged(*column(5, 15, cut=10))  # half of it is beyond the field of view
    assert not judged(*column(0, 5))  # half of it is beyond the patch
    assert judged(*column(5, 15, cut=15))  # the field of view ends right above it: all of it is there
    assert not judged(*column(5, 5))  # nothing there
    flagged = find_vertebrae(np.where(column(5, 15)[0], 1, 0), frozenset([1]))[1]
    assert not judged(*column(5, 15), flagged)  # cut off in the image itself


def test_a_cut_vertebra_is_incomplete_in_the_samples(monkeypatch):
    """With every patch cut, more samples are incomplete than with none cut."""
    shares = {}
    for probability in (0.0, 1.0):
        monkeypatch.setattr("spindle_trainer.sampling.CUT_PROBABILITY", probability)
        sampler = Sampler([working_case(incomplete=[5])], SPEC, seed=2)
        samples = [sampler.sample(number) for number in range(60)]
        shown = [each.complete for each in samples if each.complete_weight]
        shares[probability] = np.mean(shown)
    assert shares[1.0] < shares[0.0] - 0.15


def test_sequences_hospitals_and_patients_come_evenly():
    many = [working_case(f"{n}_t2") for n in range(1, 6)]
    cases = [*many, working_case("6_t1"), working_case("7_t2", hospital="RH2")]
    rng = np.random.default_rng(0)
    drawn = [choose_case(cases, rng).case.series for _ in range(2000)]
    share = {series: drawn.count(series) / 2000 for series in set(drawn)}
    # Half for the one t1; of the t2 half for hospital 2's one; the rest for the five.
    assert share["6_t1"] == pytest.approx(0.5, abs=0.05)
    assert share["7_t2"] == pytest.approx(0.25, abs=0.05)
    assert share["3_t2"] == pytest.approx(0.05, abs=0.03)


def test_one_vertebra_in_the_volume_is_enough():
    image, labels = make_spine(vertebrae=1)
    case = working_case()
    lone = WorkingCase(case.case, image.astype(np.float32) / 1000, labels, find_vertebrae(labels, frozenset()))
    sampler = Sampler([lone], SPEC, seed=1)
    assert sum(sampler.sample(number).target[0].any() for number in range(12)) >= 6
