"""Confusion matrices against scikit-learn and mmdet3d."""
import numpy as np
import pytest
import torch

from reldistill_mm.functional import confusion_matrix, iou_per_class, summarise


def random_case(count=1000, classes=6):
    label = torch.randint(0, classes + 1, (count, ))
    return torch.randint(0, classes, (count, )), label


def test_equals_sklearn():
    metrics = pytest.importorskip('sklearn.metrics')
    prediction, label = random_case()
    counted = label != 6
    expected = metrics.confusion_matrix(
        label[counted], prediction[counted], labels=range(6))
    found = confusion_matrix(prediction, label, 6, 6)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(
        iou_per_class(found),
        metrics.jaccard_score(
            label[counted], prediction[counted], average=None))


def test_equals_mmdet3d():
    evaluation = pytest.importorskip('mmdet3d.evaluation')
    prediction, label = random_case()
    names = {index: str(index) for index in range(6)}
    expected = evaluation.seg_eval([label.numpy()], [prediction.numpy()],
                                   names, 6)
    found = summarise(confusion_matrix(prediction, label, 6, 6))
    for key in ('miou', 'acc', 'acc_cls'):
        assert found[key] == pytest.approx(expected[key])


@pytest.mark.parametrize('value', [6, -1, 255])
def test_a_prediction_out_of_range_is_an_error(value):
    with pytest.raises(ValueError, match=f'prediction of {value}'):
        confusion_matrix(torch.tensor([0, value]), torch.tensor([0, 0]), 6, 6)


def test_a_label_out_of_range_is_an_error_unless_ignored():
    prediction = torch.tensor([0, 0])
    with pytest.raises(ValueError, match='label of 200'):
        confusion_matrix(prediction, torch.tensor([0, 200]), 6, 255)
    found = confusion_matrix(prediction, torch.tensor([0, 255]), 6, 255)
    assert int(found.sum()) == 1


def test_absent_classes_are_not_averaged():
    matrix = torch.zeros(4, 4, dtype=torch.int64)
    matrix[0, 0], matrix[1, 0] = 3, 1
    found = summarise(matrix)
    assert found['classes'] == 2
    assert found['miou'] == pytest.approx((3 / 4 + 0) / 2)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match='2 predictions for 3'):
        confusion_matrix(torch.zeros(2), torch.zeros(3), 4, 4)
