import numpy as np

from spindle_nnunet.classes import BACKGROUND, CANAL, CONTACT, DISC, IGNORE, VERTEBRA, classes_of

ALL = frozenset({"vertebra", "disc", "canal"})


def row(*labels: int) -> np.ndarray:
    return np.array(labels, np.uint8).reshape(1, 1, -1)


def test_every_kind_of_label_has_its_class():
    # 103 is vertebra 3, partly in view; neighbours of other kinds make no contact.
    classes = classes_of(row(0, 1, 201, 100, 0, 103, 225, 25), ALL)
    assert classes.ravel().tolist() == [BACKGROUND, VERTEBRA, DISC, CANAL, BACKGROUND, VERTEBRA, DISC, VERTEBRA]


def test_contact_is_where_two_vertebrae_meet_on_both_sides():
    assert classes_of(row(2, 2, 2, 1, 1, 1, 0), ALL).ravel().tolist() == [1, 1, CONTACT, CONTACT, 1, 1, 0]
    assert classes_of(row(2, 2, 2, 1, 1, 1, 0), ALL, (1, 1, 2)).ravel().tolist() == [1, 4, 4, 4, 4, 1, 0]
    # Within reach, though something lies between; and over an edge.
    assert classes_of(row(2, 0, 1), ALL, (1, 1, 2)).ravel().tolist() == [CONTACT, 0, CONTACT]
    corner = np.zeros((2, 2, 2), np.uint8)
    corner[0, 0, 0], corner[1, 1, 1] = 1, 2
    assert (classes_of(corner, ALL) == CONTACT).sum() == 2


def test_a_vertebra_partly_in_view_is_the_same_vertebra():
    assert (classes_of(row(3, 103), ALL) == VERTEBRA).all()


def test_background_of_a_mask_that_lacks_a_class_teaches_nothing():
    assert classes_of(row(0, 1, 201, 0), frozenset({"vertebra", "disc"})).ravel().tolist() == [IGNORE, 1, 2, IGNORE]
