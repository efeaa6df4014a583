"""A function over pieces of work: the results in order, however many processes there are."""

import itertools
import os

import pytest

from simulator import parallel
from simulator.parallel import in_order


def square(number):
    return number * number


def process(_):
    return os.getpid()


def fail_at_four(number):
    if number == 4:
        raise ValueError("four")
    return number


@pytest.mark.parametrize("processes", [None, 1, 2])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 25])
def test_the_results_come_in_the_order_of_the_pieces(processes, n):
    assert list(in_order(square, range(n), processes)) == [number * number for number in range(n)]


def test_a_few_pieces_are_worked_on_here_and_more_by_others():
    assert set(in_order(process, range(2), 2)) == {os.getpid()}
    assert os.getpid() not in set(in_order(process, range(3), 2))
    assert set(in_order(process, range(20), 1)) == {os.getpid()}


def test_a_long_stream_is_taken_as_it_is_needed():
    taken = itertools.count()
    results = in_order(square, (next(taken) for _ in range(1000)), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    results.close()
    assert next(taken) < 20


@pytest.mark.parametrize("processes", [1, 2])
def test_what_goes_wrong_in_a_piece_is_raised_at_its_place(processes):
    results = in_order(fail_at_four, range(9), processes)
    assert list(itertools.islice(results, 4)) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="four"):
        next(results)
    assert list(in_order(square, range(5), processes)) == [0, 1, 4, 9, 16]


def broken_off():
    yield from range(5)
    raise ValueError("line 7")


@pytest.mark.parametrize("processes", [1, 2])
def test_pieces_that_break_off_raise_what_broke_them(processes):
    with pytest.raises(ValueError, match="line 7"):
        list(in_order(square, broken_off(), processes))


def test_as_many_processes_as_cores_that_may_be_used():
    assert 1 <= parallel._cores() <= os.cpu_count()
