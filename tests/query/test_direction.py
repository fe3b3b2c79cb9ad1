"""Whether more is better is told from the name, and the telling word is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runfolio.query.direction import infer, known

_LESS = """
loss val/loss train.loss valLoss val_loss loss/train top5_error_rate rmse RMSE class_error max_error
min_loss brier_score step_time score_time gpu.memory_bytes perplexity WER cer FID latency_ms seconds
kl_div nll minimum_distance false_positive_rate mean_squared_error error_rate bpb
seconds_per_step ms_per_batch
"""
_MORE = """
accuracy val/top1_acc acc mAP mAP50 map@0.5 r2_score R2 f1-score F1 macro_f1 auroc BLEU-4 recall@10
accuracy@5 hits@10 reward/mean episode_return accuracy/val neg_log_loss neg_mean_squared_error
tokens_per_second samples_per_sec images/sec throughput true_positive_rate IoU val/mIoU precision
explained_variance log_likelihood test_score
"""
LESS, MORE = _LESS.split(), _MORE.split()


@pytest.mark.parametrize("name", LESS)
def test_less_is_better(name: str) -> None:
    direction, why = infer(name)

    assert direction == "min"
    assert why.startswith("smaller is better, told from ")


@pytest.mark.parametrize("name", MORE)
def test_more_is_better(name: str) -> None:
    assert infer(name)[0] == "max"


@pytest.mark.parametrize("name", ["foo", "", "glossary", "maplewood", "lossless_x", "lr", "val/"])
def test_unknown_names_say_so(name: str) -> None:
    assert infer(name) == ("max", "unknown name, so larger counts as better")
    assert not known(name)


def test_the_telling_word_is_named() -> None:
    assert infer("val/topk_accuracy") == ("max", 'larger is better, told from "accuracy"')
    assert infer("Validation Loss") == ("min", 'smaller is better, told from "loss"')


@given(st.text(max_size=40))
def test_every_name_has_a_direction(name: str) -> None:
    direction, why = infer(name)

    assert direction in ("max", "min")
    assert why
