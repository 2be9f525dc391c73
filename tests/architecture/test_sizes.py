"""Files and functions stay small enough to be read at once."""

from statistics import median

from tests.architecture import sizes
from tests.architecture.sources import Source, of_sample, sources, violations


def test_no_function_of_the_product_is_over_50_lines():
    assert violations(sizes.too_long_functions, sources(*sizes.FOLDERS)) == []


def test_no_file_is_over_300_lines_and_no_test_over_500():
    checked = tuple(one for one in sources(*sizes.FOLDERS, "tests") if not one.is_migration)
    assert violations(sizes.too_long_file, checked) == []


def test_most_are_far_smaller():
    assert median(sizes.function_lengths()) <= sizes.FUNCTION_AIMS[0]
    assert sizes.p90(sizes.function_lengths()) <= sizes.FUNCTION_AIMS[1]
    assert median(sizes.file_lengths()) <= sizes.FILE_AIMS[0]
    assert sizes.p90(sizes.file_lengths()) <= sizes.FILE_AIMS[1]


def test_the_rules_can_fail():
    long_function = "def f():\n" + "    x = 1\n" * 50
    assert of_sample(sizes.too_long_functions, long_function) == 1
    assert of_sample(sizes.too_long_functions, "def f():\n" + "    x = 1\n" * 49) == 0
    assert of_sample(sizes.too_long_functions, "async " + long_function) == 1
    assert of_sample(sizes.too_long_file, "\n" * 301) == 1
    assert of_sample(sizes.too_long_file, "\n" * 301, path="tests/x/test_x.py") == 0
    assert of_sample(sizes.too_long_file, "\n" * 501, path="tests/x/test_x.py") == 1
    assert Source("apps/x.py", "\n" * 3).lines == 3
