"""Cross-entropy and Lovász-Softmax against slow references."""
import pytest
import torch
from mmdet3d.registry import MODELS
from mmdet3d.structures import Det3DDataSample, PointData

CLASSES = 5


@pytest.fixture
def head(mmdet3d_scope):
    return MODELS.build(
        dict(
            type='LovaszMinkUNetHead',
            channels=8,
            num_classes=CLASSES,
            dropout_ratio=0,
            loss_decode=dict(
                type='mmdet.CrossEntropyLoss', avg_non_ignore=True),
            loss_lovasz=dict(type='LovaszLoss', reduction='none'),
            ignore_index=CLASSES))


def losses(head, logits, labels):
    sample = Det3DDataSample()
    sample.gt_pts_seg = PointData(voxel_semantic_mask=labels)
    return head.loss_by_feat(logits, [sample])


def jaccard_loss(wrong, truth):
    """1 - |truth minus wrong| / |truth or wrong| of sets (Berman, eq. 5)."""
    union = (truth | wrong).sum().item()
    return wrong.sum().item() / union if union else 0.0


def lovasz_reference(logits, labels):
    """The extension's definition: errors in order, one set after another."""
    probability = logits.softmax(1)
    total = []
    for label in labels.unique():
        truth = labels == label
        errors = (truth.double() - probability[:, label].double()).abs()
        wrong = torch.zeros_like(truth)
        before, loss = 0.0, 0.0
        for place in errors.argsort(descending=True):
            wrong[place] = True
            now = jaccard_loss(wrong, truth)
            loss += errors[place].item() * (now - before)
            before = now
        total.append(loss)
    return sum(total) / len(total)


def test_against_the_definitions(head):
    logits = 3 * torch.randn(60, CLASSES)
    labels = torch.randint(0, CLASSES, (60, ))
    labels[labels == 2] = CLASSES
    found = losses(head, logits, labels)
    kept = labels != CLASSES
    entropy = -logits.log_softmax(1)[kept].gather(1, labels[kept, None]).mean()
    torch.testing.assert_close(found['loss_sem_seg'], entropy)
    expected = lovasz_reference(logits[kept], labels[kept])
    assert found['loss_lovasz'].item() == pytest.approx(expected, rel=1e-4)


def test_ignored_voxels_have_no_say(head):
    logits = torch.randn(30, CLASSES)
    labels = torch.randint(0, CLASSES, (30, ))
    more = torch.cat([logits, torch.randn(9, CLASSES)])
    ignored = torch.cat([labels, torch.full((9, ), CLASSES)])
    for name, loss in losses(head, more, ignored).items():
        torch.testing.assert_close(loss, losses(head, logits, labels)[name])


@pytest.mark.parametrize('labelled', [0, 1])
def test_a_batch_with_hardly_a_label(head, labelled):
    """mmdet3d's LovaszLoss alone: a mean of nothing, and an IndexError."""
    logits = torch.randn(6, CLASSES, requires_grad=True)
    labels = torch.full((6, ), CLASSES)
    labels[:labelled] = 3
    found = losses(head, logits, labels)
    sum(found.values()).backward()
    assert all(loss.shape == () for loss in found.values())
    assert torch.isfinite(logits.grad).all()
    assert logits.grad.any() == bool(labelled)


def test_right_answers_cost_nothing(head):
    labels = torch.arange(CLASSES).repeat(4)
    logits = 50 * torch.nn.functional.one_hot(labels, CLASSES).float()
    assert all(loss < 1e-6 for loss in losses(head, logits, labels).values())
