import math

import numpy as np
import pytest
import torch

from spindle_trainer.loss import (
    border_weights,
    completeness_loss,
    dice_loss,
    false_positive_weight,
    paper_border_weights,
    paper_loss,
)

ALL = torch.ones(1, 3)


def logits_of(probability: float, shape=(1, 3, 4, 4, 4)) -> torch.Tensor:
    return torch.full(shape, math.log(probability / (1 - probability)))


def test_dice_loss_of_a_guess_of_one_half_by_hand():
    target = torch.ones(1, 3, 4, 4, 4)
    # Dice: 2 * 32 + 20 of 32 + 64 + 20 = 84 / 116; cross-entropy ln 2, twice.
    expected = (1 - 84 / 116) + 2 * math.log(2)
    assert dice_loss(logits_of(0.5), target, ALL, 0).item() == pytest.approx(expected, rel=1e-5)


def test_dice_loss_of_the_truth_is_nothing():
    target = torch.zeros(1, 3, 4, 4, 4)
    target[:, :, :2] = 1
    assert dice_loss((target * 2 - 1) * 40, target, ALL, 0).item() == pytest.approx(0, abs=1e-5)
    assert dice_loss((target * 2 - 1) * -40, target, ALL, 0).item() > 10


@pytest.mark.parametrize("loss", [dice_loss, paper_loss])
def test_an_unannotated_class_teaches_nothing(loss):
    logits = torch.randn(2, 3, 4, 4, 4, requires_grad=True)
    target = (torch.rand(2, 3, 4, 4, 4) > 0.5).float()
    weights = torch.tensor([[1.0, 0, 1], [1, 1, 0]])
    loss(logits, target, weights, 0).backward()
    moved = logits.grad.abs().sum((2, 3, 4)) > 0
    assert moved.tolist() == [[True, False, True], [True, True, False]]


@pytest.mark.parametrize("loss", [dice_loss, paper_loss])
def test_nothing_annotated_is_a_loss_of_zero(loss):
    assert loss(logits_of(0.3), torch.ones(1, 3, 4, 4, 4), torch.zeros(1, 3), 0).item() == 0


def test_border_weights_by_hand():
    target = torch.zeros(1, 1, 1, 1, 6)
    target[..., 3:] = 1
    # 0 0 0 | 1 1 1: the voxels on either side of the border weigh 4.
    assert border_weights(target).ravel().tolist() == [1, 1, 4, 4, 1, 1]


def test_border_weights_reach_all_neighbours_and_stop_at_the_edges():
    target = torch.zeros(1, 3, 3, 4, 5)
    target[0, 0, 0, 0, 0] = 1  # a corner: itself and its 7 neighbours lie at a border
    target[0, 1] = 1  # all structure: no border
    weights = border_weights(target)[0]
    assert (weights[0, :2, :2, :2] == 4).all()
    assert int((weights[0] == 4).sum()) == 8
    assert (weights[1:] == 1).all()


def test_published_border_weights_by_hand():
    target = np.zeros((1, 2, 1, 1, 9), np.float32)
    target[0, 0, 0, 0, 3:6] = 1
    weights = paper_border_weights(target)
    # In a line of one voxel's thickness every voxel of the structure is border: distance 3 2 1 0 0 0 1 2 3.
    expected = [1 + 8 * math.exp(-d * d / 36) for d in (3, 2, 1, 0, 0, 0, 1, 2, 3)]
    np.testing.assert_allclose(weights[0, 0].ravel(), expected, rtol=1e-6)
    assert weights[0, 1].ravel().tolist() == [1] * 9  # no structure, no border


def test_published_border_weights_inside_a_structure():
    target = np.zeros((1, 1, 9, 9, 9), np.float32)
    target[0, 0, 2:7, 2:7, 2:7] = 1
    weights = paper_border_weights(target)[0, 0]
    # The middle of a cube of 5 is two voxels from its outermost layer, which is its border.
    assert weights[4, 4, 4] == pytest.approx(1 + 8 * math.exp(-4 / 36))
    assert weights[2, 4, 4] == 9
    assert weights[1, 4, 4] == pytest.approx(1 + 8 * math.exp(-1 / 36))


def test_far_from_a_structure_the_reach_makes_no_difference():
    target = np.zeros((1, 1, 1, 1, 60), np.float32)
    target[..., 0] = 1
    exact = 1 + 8 * np.exp(-(np.arange(60.0) ** 2) / 36)
    np.testing.assert_allclose(paper_border_weights(target).ravel(), exact, atol=2e-6)


def test_published_loss_by_hand():
    target = torch.zeros(1, 3, 1, 1, 9)
    target[:, 0, ..., 4] = 1
    # Probability 0.25 everywhere. First class: one voxel is missed by 0.75 at weight 9; eight are false by 0.25, two each
    # at distances 1 to 4. The other classes have no structure: nine voxels false by 0.25 at weight 1.
    beta = false_positive_weight(50_000)
    false = 0.25 * sum(2 * (1 + 8 * math.exp(-d * d / 36)) for d in (1, 2, 3, 4))
    errors = beta * false + 9 * 0.75 + 2 * beta * 9 * 0.25
    entropy = (-math.log(0.25) - 8 * math.log(0.75)) / 9 + 2 * -math.log(0.75)
    found = paper_loss(logits_of(0.25, (1, 3, 1, 1, 9)), target, ALL, 50_000).item()
    assert found == pytest.approx(errors + entropy, rel=1e-5)


def test_false_positives_weigh_more_with_the_steps():
    assert false_positive_weight(50_000) == pytest.approx(0.55)
    assert false_positive_weight(0) == pytest.approx(0.1 + 0.9 / (1 + math.exp(5)))
    assert false_positive_weight(150_000) == pytest.approx(1, abs=1e-4)
    early, late = (paper_loss(logits_of(0.5), torch.zeros(1, 3, 4, 4, 4), ALL, step).item() for step in (0, 150_000))
    assert late > 5 * early


def test_completeness_counts_where_a_vertebra_is_seen():
    logits, complete = torch.tensor([0.0, 30.0]), torch.tensor([1.0, 0.0])
    assert completeness_loss(logits, complete, torch.tensor([1.0, 0.0])).item() == pytest.approx(math.log(2))
    assert completeness_loss(logits, complete, torch.zeros(2)).item() == 0
