"""Metrics of two processes that share no folder."""
import multiprocessing
import os
import socket
import tempfile
from queue import Empty

import pytest
import torch

from reldistill_mm.compat.leave_group import leave_group
from reldistill_mm.errors import BadInput
from reldistill_mm.evaluation import PointSegMetric, StructureMetric
from reldistill_mm.functional import unit_rows

META = dict(classes=('a', 'b', 'c'), ignore_index=3)
# Each process imports mmdet3d.
pytestmark = pytest.mark.slow


def samples(rank):
    draw = torch.Generator().manual_seed(rank)
    label = torch.randint(0, 4, (80, ), generator=draw)
    return [
        dict(
            pred_pts_seg=dict(
                pts_semantic_mask=torch.randint(0, 3, (80, ), generator=draw)),
            pairs=dict(point=torch.randint(0, 80, (50, ), generator=draw)),
            eval_ann_info=dict(pts_semantic_mask=label.numpy()),
            pair_features=dict(
                student=unit_rows(torch.randn(50, 6, generator=draw)),
                teacher=unit_rows(torch.randn(50, 6, generator=draw))))
    ]


def build(kind):
    metric = kind()
    metric.dataset_meta = META
    return metric


def no_folder(*args, **kwargs):
    raise PermissionError('no folder is shared here')


def work(rank, port, folder, queue):
    """One rank, in a working directory of its own."""
    os.chdir(os.path.join(folder, str(rank)))
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    # What mmengine would make in the working directory.
    tempfile.mkdtemp = no_folder
    found = []
    for kind in (PointSegMetric, StructureMetric):
        metric = build(kind)
        metric.process({}, samples(rank))
        found.append(metric.evaluate(2))
    try:
        metric = build(PointSegMetric)
        metric.process({}, samples(rank))
        if rank == 0:
            metric.compute_metrics = refuse
        metric.evaluate(2)
        error = 'none'
    except BadInput as raised:
        error = str(raised)
    queue.put((rank, found, error, os.listdir('.')))
    leave_group()


def refuse(results):
    raise BadInput('rank 0 says why')


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ranks')
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    # A fork would inherit the locks of torch's threads.
    context = multiprocessing.get_context('spawn')
    queue = context.Queue()
    processes = []
    for rank in (0, 1):
        (folder / str(rank)).mkdir()
        processes.append(
            context.Process(
                target=work, args=(rank, port, str(folder), queue)))
        processes[-1].start()
    found = []
    while len(found) < len(processes):
        try:
            found.append(queue.get(timeout=1))
        except Empty:
            assert not any(process.exitcode for process in processes)
    for process in processes:
        process.join(30)
    return sorted(found)


def test_every_rank_has_the_metrics_of_all_samples(ranks):
    for number, kind in enumerate((PointSegMetric, StructureMetric)):
        metric = build(kind)
        for rank in (0, 1):
            metric.process({}, samples(rank))
        expected = metric.evaluate(2)
        for _, found, _, _ in ranks:
            assert found[number] == pytest.approx(expected, rel=1e-5)


def test_nothing_is_written(ranks):
    assert [files for *_, files in ranks] == [[], []]


def test_an_error_of_rank_0_reaches_all(ranks):
    assert [error for _, _, error, _ in ranks] == ['rank 0 says why'] * 2
