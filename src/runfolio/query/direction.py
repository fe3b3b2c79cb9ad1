"""Is more better, or less? Told from a metric's name, and said in words so that people can object.

Names are read from their end: ``val/top5_error_rate`` is a rate of errors. Two traps are known:
``tokens_per_second`` is a speed although it ends in a time, and ``neg_log_loss`` (as scikit-learn
calls it) grows when things get better.
"""

from __future__ import annotations

import re
from typing import Literal

from runfolio.query.sentence import Sentence

Direction = Literal["max", "min"]

_LESS_WORDS = """
loss losses error errors err rmse mae mse mape smape rmsle nrmse nmse medae perplexity ppl nll wer
cer ter mer per eer ece mce brier fid kid lpips latency second seconds sec secs ms millisecond
milliseconds us ns minute minutes min hour hours time times duration elapsed runtime byte bytes kb
mb gb mib gib memory mem rss vram kl kld divergence regret cost costs distance entropy
crossentropy logloss bpc bpb hamming fpr fnr size energy joules watts flops flop macs violations
residual residuals deviance penalty wait delay drift jitter misses failures mistakes chamfer
hausdorff emd rank overhead
"""
_MORE_WORDS = """
acc accuracy accuracies f1 fbeta f2 fscore auc auroc auprc rocauc roc precision recall r2 score
scores bleu sacrebleu rouge rouge1 rouge2 rougel rougelsum meteor chrf iou miou jaccard dice map
map50 ap ap50 ap75 mrr ndcg hit hits hitrate reward rewards return returns throughput psnr ssim
kappa mcc matthews sensitivity specificity fps sps qps ips top1 top5 pearson spearman kendall
correlation corr success successes win wins winrate elo speed speedup bandwidth utilization tpr
tnr gain lift uplift profit likelihood loglikelihood elbo evidence similarity explained exact em
coverage compression pass agreement purity nmi ari silhouette gini sharpe mauve comet bertscore
passed correct solved
"""
_LESS = frozenset(_LESS_WORDS.split())
_MORE = frozenset(_MORE_WORDS.split())


def infer(name: str) -> tuple[Direction, str]:
    """Whether the metric's ``max`` or ``min`` is best, and why in words.

    >>> infer("val/accuracy")
    ('max', 'larger is better, told from "accuracy"')
    """
    if speed := re.search(r"[^/]*/(s|sec|second)$", name, re.IGNORECASE):
        return "max", _told("max", speed[0])
    for part in reversed(name.split("/")):
        if found := _part(part):
            direction, word = found
            return direction, _told(direction, word)
    return "max", Sentence("unknown name, so larger counts as better")


def _told(direction: Direction, word: str) -> Sentence:
    if direction == "max":
        return Sentence('larger is better, told from "{word}"', word=word)
    return Sentence('smaller is better, told from "{word}"', word=word)


def known(name: str) -> bool:
    """Whether the name tells the direction."""
    return not infer(name)[1].startswith("unknown")


def _part(part: str) -> tuple[Direction, str] | None:
    """Direction and the telling word of one part of the name, or None."""
    whole = re.sub(r"[^a-z0-9]", "", part.lower())
    words = _words(part)
    if "per" in words[1:-1]:  # tokens per second are a speed, seconds per token a time
        counted = words[: words.index("per", 1)]
        return ("min" if _LESS.intersection(counted) else "max"), part
    if words[:1] == ["false"]:
        return "min", part
    found = _look(whole) or next(
        (found for word in reversed(words) if (found := _look(word))), None
    )
    if found is None:
        return None
    direction, word = found
    if word in ("score", "scores") and "brier" in words:
        return "min", part
    if direction == "min" and words[0] in ("neg", "negative"):
        return "max", part
    return direction, word


def _look(word: str) -> tuple[Direction, str] | None:
    if word in _LESS:
        return "min", word
    if word in _MORE:
        return "max", word
    return None


def _words(part: str) -> list[str]:
    """``valLoss``, ``val_loss`` and ``val.loss`` are val and loss; a digit stays with its word."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", " ", part)
    return [word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]*|\d+", spaced)]
