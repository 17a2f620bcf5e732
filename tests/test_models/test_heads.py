"""Heads and losses as modules."""
import pytest
import torch
from mmdet3d.registry import MODELS

from reldistill_mm.errors import BadInput
from reldistill_mm.models import (ContrastiveLoss, DistillHead, RelationalLoss,
                                  SimilarityLoss, ZeroShotHead)

LOSSES = dict(
    RelationalLoss={'loss_cross', 'loss_intra'},
    SimilarityLoss={'loss_similarity'},
    ContrastiveLoss={'loss_contrastive'})


@pytest.mark.parametrize('name', LOSSES)
@pytest.mark.parametrize('count', [0, 1, 40])
def test_named_terms_whatever_the_count(name, count, mmdet3d_scope):
    head = DistillHead(losses=dict(type=name))
    student = torch.randn(count, 8, requires_grad=True)
    terms = head.loss(student, torch.randn(count, 8))
    assert set(terms) == LOSSES[name] | {'num_pairs'}
    assert int(terms['num_pairs']) == count
    sum(terms[key] for key in LOSSES[name]).backward()
    assert torch.isfinite(student.grad).all()


def test_weighted_sum_of_losses(mmdet3d_scope):
    student, teacher = torch.randn(20, 8), torch.randn(20, 8)
    plain = DistillHead(losses=dict(type='RelationalLoss')).loss(
        student, teacher)
    mixed = DistillHead(losses=[
        dict(type='RelationalLoss', cross_weight=3, intra_weight=0),
        dict(type='SimilarityLoss', loss_weight=0.5)
    ]).loss(student, teacher)
    assert set(mixed) == {'loss_cross', 'loss_similarity', 'num_pairs'}
    torch.testing.assert_close(mixed['loss_cross'], 3 * plain['loss_cross'])


def test_both_relational_terms_equal_each_alone():
    student, teacher = torch.randn(2, 20, 8)
    both = RelationalLoss(2, 3)(student, teacher)
    for cross, intra in ((2, 0), (0, 3)):
        for name, term in RelationalLoss(cross, intra)(student,
                                                       teacher).items():
            torch.testing.assert_close(both.pop(name), term)
    assert not both


@pytest.mark.parametrize('gather, expected',
                         [(False, {}), (True, dict(shard_over_ranks=True))])
def test_a_loss_that_supports_sharding_is_told_so(gather, expected,
                                                  mmdet3d_scope, monkeypatch):
    losses = [dict(type='RelationalLoss'), dict(type='SimilarityLoss')]
    head = DistillHead(losses=losses, gather_across_ranks=gather)
    relational, told = head.losses[0], []
    forward = relational.forward

    def listen(*rows, **how):
        told.append(how)
        return forward(*rows, **how)

    monkeypatch.setattr(relational, 'forward', listen)
    terms = head.loss(torch.randn(6, 8), torch.randn(6, 8))
    assert told == [expected]
    assert {'loss_cross', 'loss_intra', 'loss_similarity'} <= set(terms)


def test_scale_of_features_does_not_matter(mmdet3d_scope):
    head = DistillHead(losses=dict(type='RelationalLoss'))
    student, teacher = torch.randn(20, 8), torch.randn(20, 8)
    for key, value in head.loss(student, teacher).items():
        torch.testing.assert_close(
            head.loss(7 * student, 0.1 * teacher)[key], value)


@pytest.mark.parametrize('count', [0, 1, 20])
def test_temperature_is_learned_and_logged(count, mmdet3d_scope):
    loss = dict(
        type='ContrastiveLoss', temperature=0.1, learn_temperature=True)
    head = DistillHead(losses=loss)
    terms = head.loss(torch.randn(count, 8), torch.randn(count, 8))
    terms['loss_contrastive'].backward()
    assert float(terms['temperature']) == pytest.approx(0.1)
    grad, = (value.grad for value in head.parameters())
    assert grad is not None and (count < 2 or grad != 0)
    head.losses[0].log_temperature.data.fill_(-9)
    assert float(head.losses[0].temperature) == pytest.approx(0.01)


def test_bad_configs(mmdet3d_scope):
    with pytest.raises(ValueError, match='at least one loss'):
        DistillHead(losses=[])
    with pytest.raises(ValueError, match='ZeroShotHead is not a distillation'):
        DistillHead(losses=dict(type='ZeroShotHead', vocabulary=dict(a='a')))
    with pytest.raises(ValueError, match='temperature'):
        ContrastiveLoss(temperature=0)
    with pytest.raises(ValueError, match="'l1'"):
        SimilarityLoss('l1')(torch.eye(2), torch.eye(2))
    twice = DistillHead(losses=[dict(type='RelationalLoss')] * 2)
    with pytest.raises(ValueError, match="'loss_cross'"):
        twice.loss(torch.randn(3, 4), torch.randn(3, 4))
    assert RelationalLoss(0, 0)(torch.eye(2), torch.eye(2)) == {}


def test_vocabulary():
    head = ZeroShotHead(
        dict(car='car', stuff=['tree_trunk', 'bush']), templates=['a {}'])
    assert head.classes == ['car', 'stuff']
    assert head.words == ['car', 'tree trunk', 'bush']
    with pytest.raises(RuntimeError, match='set_text_weights'):
        head(torch.randn(2, 3))
    head.set_text_weights(torch.eye(3))
    scores = head(torch.tensor([[9., 0, 0], [0, 0, 5]]))
    assert scores.argmax(1).tolist() == [0, 1]
    assert not head.state_dict()
    with pytest.raises(ValueError, match='2 text embeddings for 3 words'):
        head.set_text_weights(torch.eye(2))


def test_stored_words_travel_in_the_checkpoint():
    from mmengine.runner.checkpoint import load_state_dict
    words = dict(car=['car', 'taxi'], tree='tree')
    head = ZeroShotHead(words, store_text=True)
    with pytest.raises(RuntimeError, match='No text embeddings'):
        head(torch.randn(2, 4))
    head.set_text_weights(torch.randn(3, 4))
    state = head.state_dict()
    for load in (torch.nn.Module.load_state_dict, load_state_dict):
        other = ZeroShotHead(words, store_text=True)
        load(other, state, strict=True)
        assert torch.equal(other.text_weights, head.text_weights)
    # Without the option, as a distiller's head has it.
    assert not ZeroShotHead(words).state_dict()


@pytest.mark.parametrize('other', [
    dict(vocabulary=dict(car=['car', 'van'], tree='tree')),
    dict(vocabulary=dict(car=['taxi', 'car'], tree='tree')),
    dict(templates=['a {}']),
])
def test_stored_words_are_not_taken_for_others(other):
    """Same count, same shape: mmengine would load them without a word."""
    from mmengine.runner.checkpoint import load_state_dict
    options = dict(vocabulary=dict(car=['car', 'taxi'], tree='tree'))
    head = ZeroShotHead(**options, store_text=True)
    head.set_text_weights(torch.randn(3, 4))
    changed = ZeroShotHead(**{**options, **other}, store_text=True)
    with pytest.raises(ValueError, match='export the model'):
        load_state_dict(changed, head.state_dict())
    with pytest.raises(ValueError, match='export_zero_shot.py, or set'):
        load_state_dict(changed, {})


@pytest.mark.parametrize('vocabulary, templates, message', [
    ('nuscene', ['a {}'], "Unknown vocabulary 'nuscene'"),
    (dict(car=[]), ['a {}'], 'without a word'),
    (dict(car='car'), ['a car'], 'Every template'),
    (dict(car='car'), [], 'Every template'),
])
def test_bad_vocabulary(vocabulary, templates, message):
    with pytest.raises(ValueError, match=message):
        ZeroShotHead(vocabulary, templates=templates)


def test_classes_fix_the_order():
    words = dict(tree='tree', car='car')
    head = ZeroShotHead(words, classes=['car', 'tree'])
    assert head.words == ['car', 'tree']
    with pytest.raises(ValueError, match='not the keys'):
        ZeroShotHead(words, classes=['car'])


@pytest.mark.parametrize('terms, words', [
    (dict(huber=torch.zeros(())), r"returns \['huber'\].*without training"),
    ({}, r'returns \[\]'),
    (dict(loss_a=torch.zeros(()), num_pairs=torch.zeros(())), 'num_pairs'),
    (None, 'returns NoneType'),
])
def test_a_loss_that_would_not_be_trained_is_refused(terms, words, monkeypatch,
                                                     mmdet3d_scope):
    head = MODELS.build(
        dict(type='DistillHead', losses=[dict(type='SimilarityLoss')]))
    monkeypatch.setattr(head.losses[0], 'forward', lambda *_: terms)
    with pytest.raises(BadInput, match=words):
        head.loss(torch.rand(3, 4), torch.rand(3, 4))
