import numpy as np
import pytest
import torch
from helpers import CPU, SPEC, sample, working_case

from spindle_trainer.patches import is_complete, lowest_in_view, make_patches, memories_below, target_of
from spindle_trainer.sampling import EMPTY_EVERY, KINDS, Sampler, choose_case, field_of_view
from spindle_trainer.volumes import Volumes


def row(*labels) -> torch.Tensor:
    return torch.tensor(labels, dtype=torch.uint8).reshape(1, -1, 1, 1)


def label(number: int) -> torch.Tensor:
    return torch.tensor([number])


def lists(channels: torch.Tensor) -> list[list[int]]:
    """The channels of the one sample of a row."""
    return [each.flatten().int().tolist() for each in channels[0]]


def test_memory_is_every_smaller_label():
    labels = row(0, 201, 1, 202, 2, 203, 3, 100)
    vertebrae, discs = lists(memories_below(labels, label(2)))
    assert vertebrae == [0, 0, 1, 0, 0, 0, 0, 0]
    assert discs == [0, 1, 0, 0, 0, 0, 0, 0]
    vertebrae, discs = lists(memories_below(labels, label(4)))  # one above the top: everything is known
    assert vertebrae == [0, 0, 1, 0, 1, 0, 1, 0]
    assert discs == [0, 1, 0, 1, 0, 1, 0, 0]


def test_canal_is_never_taken_for_a_vertebra_in_memory():
    assert lists(memories_below(row(100, 25, 24), label(26)))[0] == [0, 1, 1]


def test_target_is_the_vertebra_the_disc_below_it_and_the_canal():
    vertebra, disc, canal = lists(target_of(row(201, 1, 202, 2, 203, 3, 100), label(2)))
    assert vertebra == [0, 0, 0, 1, 0, 0, 0]
    assert disc == [0, 0, 1, 0, 0, 0, 0]
    assert canal == [0, 0, 0, 0, 0, 0, 1]


def test_a_disc_without_its_vertebra_in_view_is_not_wanted():
    vertebra, disc, canal = lists(target_of(row(202, 100, 1), label(2)))
    assert not any(vertebra)
    assert not any(disc)
    assert canal == [0, 1, 0]


def test_nothing_but_the_canal_is_wanted_above_all():
    vertebra, disc, _ = lists(target_of(row(225, 25, 0), label(26)))
    assert not any(vertebra)
    assert not any(disc)


def test_the_lowest_in_view():
    assert lowest_in_view(row(100, 204, 4, 3, 203)).tolist() == [3]
    assert lowest_in_view(row(100, 204)).tolist() == [26]


def test_every_fourth_sample_leaves_nothing_to_find_but_the_canal():
    sampler = Sampler([working_case()], SPEC, seed=5)
    for number in range(EMPTY_EVERY - 1, 40, EMPTY_EVERY):
        shown = sample(sampler, number)
        assert not shown.target[0, :2].any()
        assert shown.known == 0  # no vertebra, nothing to say about it
        assert shown.patch[0, 1].any()  # all vertebrae are in memory
    others = [sample(sampler, number) for number in range(40) if number % EMPTY_EVERY != EMPTY_EVERY - 1]
    assert np.mean([bool(each.target[0, 0].any()) for each in others]) > 0.8


def test_a_search_has_nothing_in_memory_even_where_a_disc_is_in_view(monkeypatch):
    monkeypatch.setattr("spindle_trainer.sampling.KINDS", {**dict.fromkeys(KINDS, 0.0), "search": 1.0})
    sampler = Sampler([working_case()], SPEC, seed=1)
    for number in range(60):
        if number % EMPTY_EVERY != EMPTY_EVERY - 1:
            assert not sample(sampler, number).patch[0, 1:].any()


def test_a_number_gives_a_sample_whatever_was_drawn_before():
    case = working_case()
    one, other = Sampler([case], SPEC, seed=3), Sampler([case], SPEC, seed=3)
    sample(one, 0)
    for number in (7, 2):
        for a, b in zip(sample(one, number), sample(other, number), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert not torch.equal(sample(one, 7).patch, sample(one, 8).patch)
    assert not torch.equal(sample(one, 7).patch, sample(Sampler([case], SPEC, seed=4), 7).patch)


def test_samples_of_a_batch_are_those_made_alone():
    """But for the noise, which is drawn for all of a batch: the targets and what is known of them."""
    cases = [working_case("1_t2"), working_case("2_t1", vertebrae=3)]
    sampler = Sampler(cases, SPEC, seed=6)
    together = make_patches(sampler.draw(range(8)), Volumes(cases, CPU), SPEC)
    for number in range(8):
        alone = sample(sampler, number)
        torch.testing.assert_close(together.target[number], alone.target[0], rtol=0, atol=0)
        torch.testing.assert_close(together.patch[number, 1:], alone.patch[0, 1:], rtol=0, atol=0)
        assert (together.complete[number], together.known[number]) == (alone.complete[0], alone.known[0])
    assert len({float(each) for each in together.target[:, 0].sum((1, 2, 3))}) > 3


def test_arrays_are_what_the_network_takes():
    made = sample(Sampler([working_case()], SPEC, seed=3), 0)
    assert made.patch.shape == made.target.shape == (1, 3, *SPEC.patch_zyx)
    assert made.patch.dtype == made.target.dtype == torch.float32
    assert set(made.patch[0, 1:].unique().tolist()) <= {0, 1}


def test_unannotated_classes_weigh_nothing():
    case = working_case(annotated=("vertebra", "canal"))
    assert sample(Sampler([case], SPEC, seed=3), 0).class_weights.tolist() == [[1, 0, 1]]


def test_the_end_of_the_field_of_view(monkeypatch):
    monkeypatch.setattr("spindle_trainer.sampling.CUT_PROBABILITY", 1.0)
    rng = np.random.default_rng(0)
    views = [field_of_view(10, rng) for _ in range(50)]
    assert all(0 < high - low < 10 and (low == 0 or high == 10) for low, high in views)
    assert {low == 0 for low, _ in views} == {True, False}
    assert field_of_view(10, None) == (0, 10)
    sampler = Sampler([working_case()], SPEC, seed=5)
    for number in range(10):
        low, high = sampler.draw(range(number, number + 1)).view[0].tolist()
        made = sample(sampler, number)
        gone = [*range(low), *range(high, SPEC.patch_zyx[0])]
        assert (made.patch[0, 0, gone] == SPEC.outside_value).all()
        assert not made.target[0, :, gone].any()


def column(low: int, high: int, cut: int | None = None, size: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    """A patch with a vertebra from slice `low` to `high`, its image ending before slice `cut`: (found, imaged)."""
    found, imaged = torch.zeros((1, size, 5, 5), dtype=torch.bool), torch.ones((1, size, 5, 5), dtype=torch.bool)
    found[:, low:high, 1:4, 1:4] = True
    if cut is not None:
        found[:, cut:], imaged[:, cut:] = False, False
    return found, imaged


def test_completeness():
    def judged(found, imaged, whole=True):
        return bool(is_complete(found, imaged, torch.tensor([90.0]), torch.tensor([whole]), torch.tensor([1.0])))

    assert judged(*column(5, 15))
    assert not judged(*column(5, 15, cut=10))  # half of it is beyond the field of view
    assert not judged(*column(0, 5))  # half of it is beyond the patch
    assert judged(*column(5, 15, cut=15))  # the field of view ends right above it: all of it is there
    assert not judged(*column(5, 5))  # nothing there
    assert not judged(*column(5, 15), whole=False)  # cut off in the image itself
    beyond = torch.zeros((1, 20, 5, 5), dtype=torch.bool)
    beyond[:, 5:15, 1:4, :] = True
    wide = is_complete(beyond, column(5, 15)[1], torch.tensor([200.0]), torch.tensor([True]), torch.tensor([1.0]))
    assert not wide  # it reaches the patch's side, and 50 of its 200 voxels are beyond


def test_a_cut_vertebra_is_incomplete_in_the_samples(monkeypatch):
    """With every patch cut, more samples are incomplete than with none cut."""
    shares = {}
    for probability in (0.0, 1.0):
        monkeypatch.setattr("spindle_trainer.sampling.CUT_PROBABILITY", probability)
        sampler = Sampler([working_case(incomplete=[5])], SPEC, seed=2)
        samples = [sample(sampler, number) for number in range(60)]
        shown = [float(each.complete) for each in samples if each.known]
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
    sampler = Sampler([working_case(vertebrae=1)], SPEC, seed=1)
    assert sum(bool(sample(sampler, number).target[0, 0].any()) for number in range(12)) >= 6
