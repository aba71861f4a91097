from jobs import case, job_json, write_job
from spindle_trainer.job import read_job

from spindle_nnunet.folds import folds_of


def job_of(tmp_path, cases, seed=11):
    return read_job(write_job(tmp_path, job_json(cases, trainer="nnunet", seed=seed)))


def test_one_fold_trains_on_the_training_patients_and_watches_the_others(tmp_path):
    (fold,) = folds_of(job_of(tmp_path, [case("1_t1"), case("1_t2"), case("2_t2", "validation")]), 1)
    assert (fold.train, fold.watched, fold.honest) == (("1_t1", "1_t2"), ("2_t2",), True)


def test_without_validation_patients_nothing_is_reported(tmp_path):
    (fold,) = folds_of(job_of(tmp_path, [case("1_t1"), case("1_t2")]), 5)
    assert (fold.train, fold.watched, fold.honest) == (("1_t1", "1_t2"), ("1_t1", "1_t2"), False)


def test_five_folds_keep_patients_together_and_watch_each_once(tmp_path):
    cases = [case(f"{n}_{s}") for n in range(1, 8) for s in ("t1", "t2")] + [case("9_t2", "validation")]
    folds = folds_of(job_of(tmp_path, cases), 5)
    assert len(folds) == 5
    watched = [series for fold in folds for series in fold.watched]
    assert sorted(watched) == sorted(each["series"] for each in cases[:-1])  # nobody of the version's validation
    for fold in folds:
        patients = {series.split("_")[0] for series in fold.watched}
        assert not patients & {series.split("_")[0] for series in fold.train}
        assert sorted((*fold.train, *fold.watched)) == sorted(watched)
    assert folds == folds_of(job_of(tmp_path, cases), 5)
    assert folds != folds_of(job_of(tmp_path, cases, seed=12), 5)


def test_fewer_patients_make_fewer_folds(tmp_path):
    assert len(folds_of(job_of(tmp_path, [case("1_t2"), case("2_t2"), case("3_t2")]), 5)) == 3
