"""Solutions as other programs write them, from texts that these programs have written."""

from __future__ import annotations

import numpy as np
import pytest

import edgeom as eg
from edgeom.solvers.written import read_written

PHC = """\
 2
x^2-2;

THE SOLUTIONS :

2 2
===========================================================================
solution 1 :    start residual :  1.576E-16   #iterations : 1   success
t :  1.00000000000000E+00   0.00000000000000E+00
m : 1
the solution for t :
 lambda1 :  1.27146446609407E+01   0.00000000000000E+00
 x : -3.53553390593274E-01   2.79049656000000E-104
== err :  1.262E-16 = rco :  2.0E-01 = res :  1.1E-16 = real regular ==
solution 2 :    start residual :  1.576E-16   #iterations : 1   success
t :  1.00000000000000E+00   0.00000000000000E+00
m : 1
the solution for t :
 x :  3.53553390593274E-01   0.00000000000000E+00
 lambda1 :  1.27853553390593E+01   0.00000000000000E+00
== err :  1.262E-16 = rco :  2.0E-01 = res :  1.1E-16 = real regular ==
"""
MSOLVE = """\
[0, [1,
[[[-155458084993187264653542475683583816359 / 2^128, -77729042496593632326771237841791908179 / 2^127], [-95340087477766111669979825543055100286877 / 2^135, -23835021869441527917494956385763775071719 / 2^133]], [[186211108355011936855429346763779492747 / 2^126, 744844433420047747421717387055117970993 / 2^128], [77729042496593632326771237841791908179 / 2^127, 310916169986374529307084951367167632717 / 2^129]]]
]]:
"""  # noqa: E501
MACAULAY2 = """\
2
{-.573475089761722-.328415557917772*ii, .5, -ii}
{1.5p53e-3, 2, 3+ii}
"""
JULIA = """\
Result with 2 solutions
=======================
• 8 paths tracked
ComplexF64[-1.25 + 0.0im, 2.0e-5 - 3.5im]
ComplexF64[0.5 - 1.0e-17im, 1.0 + 2.0im]
"""
BERTINI = "2\n\n-1.25e+00 0.0e+00\n2.0e-05 -3.5e+00\n\n5.0e-01 -1.0e-17\n1.0e+00 2.0e+00\n\n"


def test_phcpack() -> None:
    program, points, names = read_written(PHC)
    assert (program, names) == ("phcpack", ("lambda1", "x"))
    assert points[0, 0] == 12.7146446609407 and points[1].tolist() == [
        12.7853553390593,
        0.353553390593274,
    ]


def test_msolve_has_boxes() -> None:
    program, points, names = read_written(MSOLVE)
    assert program == "msolve" and names is None and not points.imag.any()
    np.testing.assert_allclose(points[:, 0] ** 2 + points[:, 1] ** 2, 5, rtol=1e-14)


def test_macaulay2() -> None:
    program, points, _ = read_written(MACAULAY2)
    assert program == "macaulay2"
    assert points.tolist() == [
        [-0.573475089761722 - 0.328415557917772j, 0.5, -1j],
        [1.5e-3, 2, 3 + 1j],
    ]


@pytest.mark.parametrize(("text", "program"), [(JULIA, "julia"), (BERTINI, "bertini")])
def test_julia_and_bertini(text: str, program: str) -> None:
    found, points, _ = read_written(text)
    assert found == program
    assert points.tolist() == [[-1.25, 2e-5 - 3.5j], [0.5 - 1e-17j, 1 + 2j]]
    assert read_written(BERTINI, "julia")[1].tolist() == points.tolist()  # of write_solutions


@pytest.mark.parametrize(
    ("text", "program", "message"),
    [
        ("hello", None, "no list of solutions is recognised; say program="),
        (PHC, "phc", "did you mean 'phcpack'"),
        (PHC.replace("\n2 2\n", "\n3 2\n"), None, "announces 3 solutions and has 2"),
        (PHC.replace(" x :  3.5", " y :  3.5"), None, "different unknowns"),
        (PHC.replace("3.53553390593274E-01   0", "abc   0"), None, "'abc' stands in the place"),
        ("[-1]:", None, "msolve has no solution"),
        ("[1, 2, -1, []]:", None, "infinitely many solutions"),
        ("[0, [1, [[[1/2, 3", "msolve", "ends too early"),
        ("{1, 2}\n{3}\n", None, "different numbers of unknowns"),
        ("{1, two}\n", None, "'two' stands in the place of a number"),
        ("3\n\n1 2\n1 2\n", None, "announces 3 solutions and has 2 lines"),
        ("", "julia", "holds no solutions"),
    ],
)
def test_what_cannot_be_read(text: str, program: str | None, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        read_written(text, program)
