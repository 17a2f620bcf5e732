"""Teacher and student together against a slow loop."""
import torch

from reldistill_mm.functional import best_of_two, best_pairs


def slow(student, teacher, point):
    out = student.clone()
    for n in range(len(student)):
        best = None
        for p in range(len(teacher)):
            if point[p] == n and (best is None
                                  or teacher[p].max() > best.max()):
                best = teacher[p]
        if best is not None and best.max() > student[n].max():
            out[n] = best
    return out


def test_equals_a_slow_loop():
    torch.manual_seed(0)
    # Coarse numbers, so that there are ties.
    student = torch.randint(0, 4, (50, 5)) / 4
    teacher = torch.randint(0, 4, (80, 5)) / 4
    point = torch.randint(0, 40, (80, ))
    expected = slow(student, teacher, point)
    torch.testing.assert_close(best_of_two(student, teacher, point), expected)
    chosen = best_pairs(teacher, point, 50)
    assert (chosen[40:] == -1).all()
    assert (point[chosen[chosen >= 0]] == (chosen >= 0).nonzero()[:, 0]).all()


def test_without_pairs_the_student_is_taken():
    student = torch.rand(4, 3)
    nothing = torch.zeros(0, 3), torch.zeros(0, dtype=torch.long)
    assert torch.equal(best_of_two(student, *nothing), student)
    assert best_pairs(*nothing, 4).tolist() == [-1] * 4
