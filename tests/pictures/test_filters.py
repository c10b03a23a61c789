"""Pictures of neuromanifolds show real roots, what is left out, and the discriminant."""

import sys
from fractions import Fraction
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex

from edgeom.errors import EdgeomError, InputError
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.real_roots import count_real_roots
from edgeom.pictures.filters import (
    discriminant_curve,
    plot_neuromanifold,
    real_root_counts,
)
from edgeom.pictures.style import COLOURS

LAW = settings(max_examples=25, deadline=None, derandomize=True)
CUBICS = ([1, 0, 0, 0], [[0, 0, 1, 0], [0, 0, 0, 1]])


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def shown(ax: Axes) -> QuadMesh:
    (mesh,) = (c for c in ax.collections if isinstance(c, QuadMesh))
    return mesh


@LAW
@given(st.integers(1, 6), st.integers(0, 10**6))
def test_counts_are_the_exact_ones(degree: int, seed: int) -> None:
    forms = np.random.default_rng(seed).integers(-9, 10, (4, 5, degree + 1))
    forms[..., 0] += 20
    counts = real_root_counts(forms)
    assert counts.shape == (4, 5)
    for index in np.ndindex(4, 5):
        exact = count_real_roots(forms[index])
        simple = len(set(np.roots(forms[index]).round(4))) == degree
        assert counts[index] == exact or not simple


@LAW
@given(st.integers(2, 6), st.integers(0, 10**6))
def test_discriminant_curve_consists_of_forms_with_a_double_root(degree: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    origin, directions = rng.normal(size=degree + 1), rng.normal(size=(2, degree + 1))
    angles = rng.uniform(0, np.pi, 7)
    for angle, (a, b) in zip(angles, discriminant_curve(origin, directions, angles), strict=True):
        u = origin + a * directions[0] + b * directions[1]
        powers = np.arange(degree + 1)
        x, y = np.cos(angle), np.sin(angle)
        value = u @ (x ** powers[::-1] * y**powers)
        by_y = (u * powers)[1:] @ (x ** powers[:-1][::-1] * y ** powers[:-1])
        by_x = (u * powers[::-1])[:-1] @ (x ** powers[:-1][::-1] * y ** powers[:-1])
        assert np.abs([value, by_x, by_y]).max() < 1e-9 * np.linalg.norm(u)


def test_discriminant_of_cubics_is_the_cusp() -> None:
    a, b = discriminant_curve(*CUBICS, np.linspace(0.01, 3.1, 50)).T
    assert np.allclose(4 * a**3 + 27 * b**2, 0, atol=1e-9 * (1 + np.abs(a) ** 3).max())
    # the form (1, 0, a, b) has no double root at z = 0
    assert np.isnan(discriminant_curve(*CUBICS, [0.0])).all()


@pytest.mark.parametrize(
    ("sizes", "entries"),
    [
        ((2, 2), ["2 real roots", "no real root: outside", "discriminant"]),
        ((3,), ["2 real roots", "no real root", "discriminant"]),
        ((3, 2), ["3 real roots", "1 real root", "discriminant"]),
        ((2, 2, 2), ["3 real roots", "1 real root: outside", "discriminant"]),
    ],
)
def test_regions_and_legend(sizes: tuple[int, ...], entries: list[str]) -> None:
    network = ConvolutionalNetwork(sizes)
    ax = plot_neuromanifold(network)
    assert legend(ax) == entries
    mesh = shown(ax)
    corners = mesh.get_coordinates()
    centres = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    values = np.asarray(mesh.get_array()).reshape(centres.shape[:2])
    least = (network.end_filter_size - 1) % 2
    for i, j in [(7, 11), (200, 30), (200, 200), (333, 50), (390, 395), (198, 120)]:
        a, b = centres[i, j].tolist()
        exact = [Fraction(a), Fraction(b)]
        u = [1, 0, *exact] if len(sizes) == 3 or sizes == (3, 2) else None
        if u is None:
            u = [(1 + exact[0]) / 2, exact[1], (1 - exact[0]) / 2]
        assert least + 2 * values[i, j] == count_real_roots(u)
    hatched = [patch for patch in ax.get_legend().get_patches() if patch.get_hatch()]
    assert len(hatched) == sum("outside" in name for name in entries)


def test_the_discriminant_is_drawn_where_it_is() -> None:
    ax = plot_neuromanifold(ConvolutionalNetwork((2, 2)))
    (line,) = ax.get_lines()
    a, b = np.asarray(line.get_data())
    assert np.allclose(np.hypot(a, b), 1)  # 4 u_0 u_2 = u_1² in the plane u_0 + u_2 = 1
    assert to_hex(line.get_color()) == COLOURS["discriminant"].lower()
    assert "(0.5+0.5a, b, 0.5-0.5a)" in ax.get_title(loc="left") + ax.get_title()


def test_another_plane_and_given_axes() -> None:
    axes = plt.subplots()[1]
    network = ConvolutionalNetwork((2, 2, 2, 2))
    plane = {"origin": [1, 0, -1, 0, 0], "directions": [[0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]}
    ax = plot_neuromanifold(network, axes, **plane, reach=0.6)
    assert ax is axes and ax.get_xlim() == (-0.6, 0.6)
    assert legend(ax)[:3] == ["4 real roots", "2 real roots: outside", "no real root: outside"]


@pytest.mark.parametrize(
    ("network", "options", "message"),
    [
        ((2, 2), {"origin": [1, 0, 0]}, "must be given together"),
        ((2, 2, 2, 2), {}, "give origin= and directions= .* with 5 entries"),
        ((2,), {}, "end filters of at least three entries"),
        (((2, 2), (2, 1)), {}, "networks without strides"),
        ((2, 2), {"origin": [1, 0], "directions": [[1, 0], [0, 1]]}, r"shapes \(3,\) and \(2, 3\)"),
        ((2, 2), {"reach": -1}, "reach positive"),
        ((2, 2), {"reach": np.nan}, "must be finite"),
        ((2, 2), {"origin": "abc", "directions": "d"}, "must be real numbers"),
        (
            (2, 2),
            {"origin": [1, 0, 0], "directions": [[1, 0, 0], [0, 1, 0]]},
            "linearly independent",
        ),
        ((2, 2), {"direction": 1}, "did you mean 'directions'"),
    ],
)
def test_bad_input(network: Any, options: dict[str, Any], message: str) -> None:
    given = network if isinstance(network[0], tuple) else (network,)
    with pytest.raises(InputError, match=message):
        plot_neuromanifold(ConvolutionalNetwork(*given), **options)


def test_something_else_than_a_network() -> None:
    with pytest.raises(InputError, match="must be a ConvolutionalNetwork, got tuple"):
        plot_neuromanifold((2, 2))  # type: ignore[arg-type]


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(EdgeomError, match=r"pip install \"edgeom\[plot\]\""):
        plot_neuromanifold(ConvolutionalNetwork((2, 2)))
