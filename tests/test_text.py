"""Text is read by a grammar: what it means, what is refused and where, and that nothing runs."""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.files import read_array
from edgeom.cli.main import app
from edgeom.formulas import Formulas
from edgeom.limits import MAX_CHARACTERS
from edgeom.objectives.polynomial import PolynomialObjective
from edgeom.text import read
from edgeom.varieties.polynomials import Polynomials

X, Y, Z = SYMBOLS = sympy.symbols("x y z")


def parsed(text: str, variables: str = "xyz") -> Any:
    formulas = Formulas(variables)
    return formulas.expressions([read(text, formulas)], exact=True)[0]


class TestMeaning:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("x", X),
            ("12*x", 12 * X),
            ("0.1", sympy.Rational(1, 10)),
            (".5*x + 2.", X / 2 + 2),
            ("1e-3 + 2.5E+2*x", sympy.Rational(1, 1000) + 250 * X),
            ("-x^2", -(X**2)),
            ("(-x)^2", X**2),
            ("x**2*y^3", X**2 * Y**3),
            ("2^-1*x", X / 2),
            ("x^2^3", X**8),
            ("x^(1+1)", X**2),
            ("-+-x", X),
            ("2*-3*x", -6 * X),
            ("x - y - z", X - Y - Z),
            ("x/y/z", X / (Y * Z)),
            ("x/y*z", X * Z / Y),
            ("x/-y^2", -X / Y**2),
            ("x/(y*z)^2", X / (Y * Z) ** 2),
            ("6/4*x", 3 * X / 2),
            ("(x + y)*(x - y)", (X + Y) * (X - Y)),
            ("x^0 + 0^0", sympy.Integer(2)),
            ("x = 2*y", X - 2 * Y),
            ("1 = x^2", 1 - X**2),
            ("I*x + I^2", sympy.I * X - 1),
            ("sqrt(2)*x", sympy.sqrt(2) * X),
            ("sqrt(1/4)", sympy.Rational(1, 2)),
            ("8^(2/3)*x + 2^0.5", 4 * X + sympy.sqrt(2)),
            ("sqrt(-3)", sympy.sqrt(3) * sympy.I),
            ("pi*x", sympy.pi * X),
            (" x\n+\ty ", X + Y),
        ],
    )
    def test_value(self, text: str, value: Any) -> None:
        assert parsed(text) == value

    def test_names(self) -> None:
        assert parsed("x1*_a + λ", ["x1", "_a", "λ"]) == sympy.sympify("x1*_a") + sympy.Symbol("λ")
        assert parsed("lambda*if", ["lambda", "if"]) == sympy.Symbol("lambda") * sympy.Symbol("if")
        assert parsed("pi + e1*sqrt", ["pi", "e1", "sqrt"]).free_symbols == {
            *sympy.symbols("pi e1 sqrt")
        }

    coefficients = st.fractions(max_denominator=50).map(lambda f: f.limit_denominator(50))

    @given(
        st.dictionaries(st.tuples(*[st.integers(0, 6)] * 3), coefficients, max_size=8),
        st.booleans(),
    )
    def test_polynomials_come_back(
        self, terms: dict[tuple[int, ...], Fraction], caret: bool
    ) -> None:
        rational = {a: sympy.Rational(c.numerator, c.denominator) for a, c in terms.items()}
        poly = sympy.Poly.from_dict(rational, *SYMBOLS, domain=sympy.QQ)
        text = str(poly.as_expr())
        (found,) = Polynomials([text.replace("**", "^") if caret else text], SYMBOLS).polys
        assert found == poly

    leaves = st.sampled_from(["x", "y", "z", "1", "2", "0.25", "3/7", "1e1"])
    trees = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(
                lambda t: f"({t[0]}){t[1]}({t[2]})"
            ),
            st.tuples(inner, st.integers(0, 3)).map(lambda t: f"({t[0]})^{t[1]}"),
            inner.map(lambda t: f"-({t})"),
        ),
        max_leaves=6,
    )

    @settings(deadline=None)
    @given(trees)
    def test_the_same_as_sympy(self, text: str) -> None:
        expected = sympy.cancel(sympy.sympify(text.replace("^", "**"), rational=True))
        try:
            maps = Polynomials([text], "x y z", denominators="kept")
        except eg.InputError as error:
            assert "division by zero" in str(error)
            assert expected.has(sympy.zoo, sympy.nan)
            return
        (top,), (bottom,) = maps.numerators, maps.denominators
        assert sympy.cancel(top.as_expr() / bottom.as_expr() - expected) == 0
        assert sympy.gcd(top, bottom).is_ground
        assert sympy.cancel(maps.expressions[0] - expected) == 0
        again = Polynomials(maps.texts, "x y z", denominators="kept")
        assert (again.numerators, again.denominators) == (maps.numerators, maps.denominators)

    def test_many_terms(self) -> None:
        """No work is done twice: sums of thousands of terms, products of hundreds."""
        rng = np.random.default_rng(0)
        exponents = rng.integers(0, 30, size=(2000, 3))
        text = " + ".join(f"{i + 1}*x^{a}*y^{b}*z^{c}" for i, (a, b, c) in enumerate(exponents))
        poly = Polynomials([text], "x y z").polys[0]
        assert poly.eval({X: 1, Y: 1, Z: 1}) == 2000 * 2001 // 2
        assert parsed("*".join(["x"] * 4000)) == X**4000


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x^2 + 3y", "f cannot be read: write * between '3' and 'y' to multiply\n"
                         "  x^2 + 3y\n"
                         "         ^"),
            ("x*(y + 2(z - 1))", "f cannot be read: write * between '2' and '(' to multiply\n"
                                 "  x*(y + 2(z - 1))\n"
                                 "          ^"),
            ("x + sin(y)", "f contains sin, not among the variables x, y, z\n"
                           "  x + sin(y)\n"
                           "      ^"),
            ("x; y", "f cannot be read: the character ';' has no meaning in a polynomial\n"
                     "  x; y\n"
                     "   ^"),
            ("(x + y", "f cannot be read: the ( is not closed before the end\n"
                       "  (x + y\n"
                       "  ^"),
        ],
    )  # fmt: skip
    def test_whole_message(self, text: str, message: str) -> None:
        with pytest.raises(eg.InputError) as caught:
            read(text, Formulas("xyz"), "f")
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("text", "place", "reason"),
        [
            ("", 0, "a number, a variable or ( is missing here; there is the end"),
            ("x + ", 4, "is missing after '+'; there is the end"),
            ("x +* y", 3, "is missing after '+'; there is '*'"),
            ("x)", 1, "')' closes nothing"),
            ("(x = y)", 0, "the ( is not closed before '='"),
            ("x = y = z", 6, "an equation has one ="),
            ("x == y", 3, "is missing after '='"),
            ("(x)(y)", 3, "write * between ')' and '('"),
            ("x y", 2, "write * between 'x' and 'y'"),
            ("1.2.3", 3, "write * between '1.2' and '.3'"),
            ("xx + y", 0, "contains xx, not among the variables x, y, z"),
            ("y + x²", 4, "contains x²"),
            ("1j*x", 1, "contains j"),
            ("٣*x", 0, "the character"),
            ("x^y", 2, "the exponent of a polynomial has to be an integer"),
            ("x^I", 2, "the exponent of a polynomial has to be an integer"),
            ("x^0.5", 2, "the exponent 1/2 of a polynomial is not an integer"),
            ("y*sqrt(x)", 2, "roots are for rational numbers"),
            ("sqrt 2", 5, "sqrt needs a number in parentheses"),
            ("x/0", 2, "division by zero"),
            ("y + x/(x - x)", 6, "division by zero"),
            ("0^-1", 2, "division by zero"),
            ("x^99999999", 2, "the exponent 99999999 is too large, the limit is 5000"),
            ("(x+y+z)^100000", 8, "the exponent 100000 is too large"),
            ("1e99999999", 0, "the number has too many digits, the limit is 1000"),
            ("1e" + "9" * 99, 0, "the number has too many digits"),
            ("7" * 1001, 0, "the number has too many digits"),
            ("2^2000^2000", 7, "the power has too many digits"),
            ("9^5000", 2, "the power has too many digits"),
            ("+".join(f"1/{n}" for n in range(1, 30000)), 0, "too many digits"),
            ("x + " + "(" * 100_000 + "y" + ")" * 100_000, 79, "more than 75 parentheses"),
            ("x^" * 100_000 + "2", 151, "more than 75 parentheses or powers"),
        ],
    )
    def test_place(self, text: str, place: int, reason: str) -> None:
        with pytest.raises(eg.InputError) as caught:
            read(text, Formulas("xyz"), "f")
        first, shown, mark = str(caught.value).split("\n")
        assert reason in first
        start = text.find(shown.strip(" …"))
        where = mark.index("^") - (len(shown) - len(shown.lstrip(" …"))) + start
        assert where == place if len(text) <= 60 else mark.index("^") <= 64

    def test_deep_signs_are_no_nesting(self) -> None:
        assert parsed("-" * 100_001 + "x") == -X

    def test_too_long(self) -> None:
        with pytest.raises(eg.InputError, match="characters, the limit is 5000000"):
            read("x" * (MAX_CHARACTERS + 1), Formulas("x"))

    def test_a_name_is_suggested(self) -> None:
        with pytest.raises(eg.InputError, match=r"contains alpah, .* did you mean 'alpha'"):
            read("alpah^2", Formulas(["alpha", "beta"]))


class TestNothingRuns:
    """Attempts to run a program that leaves a file behind."""

    @pytest.fixture
    def canary(self, tmp_path: Path) -> Path:
        return tmp_path / "canary"

    @pytest.fixture
    def attacks(self, canary: Path) -> list[str]:
        name = str(canary)
        return [
            f"__import__('os').system('touch {name}')",
            f"open('{name}', 'w')",
            f"x + __import__('pathlib').Path({name!r}).touch()",
            f"(lambda: open({name!r}, 'w'))()",
            f"[open({name!r}, 'w') for _ in [1]][0]",
            f"exec('open({name!r}, \"w\")')",
            f"eval(compile('open({name!r}, \"w\")', '', 'eval'))",
            f"x.__class__.__base__.__subclasses__()[0]({name!r})",
            f"x*'{{0.__class__}}'.format(open({name!r}, 'w'))",
            f"sympify(\"open({name!r}, 'w')\")",
            f"x = (y := open({name!r}, 'w'))",
            f"x\nopen({name!r}, 'w')",
            f"$(touch {name})",
            f"`touch {name}`",
            f"x | touch {name}",
            f"!touch {name}",
        ]

    def test_equations_and_maps(self, attacks: list[str], canary: Path) -> None:
        for attack in attacks:
            for make in (
                lambda text: eg.AlgebraicVariety([text], "x y"),
                lambda text: eg.AlgebraicVariety(text, "x y"),
                lambda text: eg.AlgebraicVariety([[text]], "x y"),
                lambda text: eg.AlgebraicVariety([{text: text}], "x y"),
                lambda text: eg.AlgebraicVariety(
                    [type("T", (), {"__str__": lambda _: text})()], "x"
                ),
                lambda text: eg.AlgebraicVariety(["x"], text),
                lambda text: eg.AlgebraicVariety(["x"], [text]),
                lambda text: eg.AlgebraicVariety(["x"], [sympy.Symbol(text)]),
                lambda text: eg.ParametrizedVariety(["x", text], "x"),
                lambda text: eg.ParametrizedVariety(["x"], [text]),
                lambda text: PolynomialObjective(text, [["x"]]),
                lambda text: PolynomialObjective("x", [[text]]),
            ):
                with pytest.raises(eg.InputError):
                    make(attack)
                assert not canary.exists(), attack

    def test_command_line(self, attacks: list[str], canary: Path) -> None:
        for attack in attacks:
            for options in (
                ["--equations", attack, "--vars", "x,y"],
                ["--equations", "x^2+y^2-1", "--vars", attack],
                ["--dims", attack],
            ):
                result = CliRunner().invoke(app, ["degree", *options])
                assert result.exit_code != 0
                assert not canary.exists(), attack

    def test_files(self, attacks: list[str], canary: Path, tmp_path: Path) -> None:
        class Attack:
            def __reduce__(self) -> Any:
                return os.system, (f"touch {canary}",)

        text, array = tmp_path / "Q.txt", tmp_path / "Q.npy"
        for content in attacks:
            text.write_text(content)
            for command in ("degree --weights", "points --data"):
                options = [*command.split(), str(text), "--equations", "x^2+y^2-1", "--vars", "x,y"]
                assert CliRunner().invoke(app, options).exit_code != 0
        np.save(array, np.array([Attack()], object), allow_pickle=True)
        with pytest.raises(eg.InputError, match="does not hold a matrix of numbers"):
            read_array(array)
        for content in (
            pickle.dumps(Attack()),
            b"\x93NUMPY\x01\x00v\x00" + b"(" * 118,
            b"PK\x03\x04",
        ):
            array.write_bytes(content)
            with pytest.raises(eg.InputError, match="does not hold a matrix of numbers"):
                read_array(array)
        assert not canary.exists()

    def test_a_file_that_claims_to_be_large(self, tmp_path: Path) -> None:
        path = tmp_path / "Q.npy"
        np.save(path, np.eye(2))
        content = path.read_bytes().replace(b"(2, 2), }" + b" " * 10, b"(99999999, 99999), }"[:19])
        path.write_bytes(content)
        with pytest.raises(eg.InputError, match="does not hold a matrix of numbers"):
            read_array(path)

    def test_text_in_files_of_numbers(self, tmp_path: Path) -> None:
        path = tmp_path / "Q.npy"
        np.save(path, np.array([["1", "x"]]))
        with pytest.raises(eg.InputError, match="its entries are of type <U1"):
            read_array(path)
        np.save(path, np.array([[1, 2.5]]))
        assert read_array(path).tolist() == [[1, 2.5]]

    def test_environment(self, attacks: list[str], canary: Path, monkeypatch: Any) -> None:
        from edgeom.exact import msolve
        from edgeom.solvers.phcpack import Phcpack

        for attack in [*attacks, f"sh -c 'touch {canary}'", f"phc; touch {canary}"]:
            value = attack.replace("\n", ";")
            for name in ("EDGEOM_PHC", "EDGEOM_MSOLVE"):
                monkeypatch.setenv(name, value)
            assert not Phcpack().availability().available
            assert not msolve.availability().available
            assert not canary.exists(), attack

    def test_data_that_is_text(self, attacks: list[str], canary: Path) -> None:
        from edgeom.exact.rational import rational

        for attack in [*attacks, "1e999999999", "1e-" + "9" * 50]:
            with pytest.raises(eg.InputError, match="finite rational number"):
                rational(attack)
            with pytest.raises(eg.InputError):
                eg.Metric([[attack]])
        assert not canary.exists()

    def test_no_module_evaluates_text(self) -> None:
        """Calls by which text or objects in files would become programs."""
        forbidden = {"eval", "exec", "compile", "parse_expr", "__import__", "S", "execfile"}
        found = []
        root = Path(eg.__file__).parent
        for path in root.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else None
                name = node.func.id if isinstance(node.func, ast.Name) else name
                strict = any(keyword.arg == "strict" for keyword in node.keywords)
                plain = isinstance(node.func, ast.Name) or name in ("parse_expr", "S")
                if (name in forbidden and plain) or (name == "sympify" and not strict):
                    found.append(f"{path.relative_to(root)}:{node.lineno} {name}")
                pickles = [k for k in node.keywords if k.arg == "allow_pickle"]
                if any(not isinstance(k.value, ast.Constant) or k.value.value for k in pickles):
                    found.append(f"{path.relative_to(root)}:{node.lineno} allow_pickle")
        assert not found

    def test_a_plugin_that_breaks(self, tmp_path: Path) -> None:
        """One that raises anything while it is imported is named; nothing else is disturbed."""
        info = tmp_path / "other-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[edgeom.backends]\nbroken = broken_plugin:Backend\n"
            "[edgeom.other]\nunknown = never_imported:thing\n"
        )
        (tmp_path / "broken_plugin.py").write_text("raise SystemExit('no licence')")
        (tmp_path / "never_imported.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
        program = (
            "import edgeom as eg\n"
            "print(*(f'{b.name}: {b.reason}' for b in eg.backends() if b.name == 'broken'))\n"
            "V = eg.AlgebraicVariety(['x^2 + y^2 - 1'], 'x y')\n"
            "for method in ('broken', 'nonsense'):\n"
            "    try: eg.ed_degree(V, method=method)\n"
            "    except eg.EdgeomError as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
            capture_output=True,
            text=True,
            check=True,
        )
        reason = (
            "the backend 'broken' cannot be imported from broken_plugin:Backend: SystemExit: no"
        )
        listed, asked, other = done.stdout.splitlines()
        assert listed.startswith(f"broken: {reason}")
        assert asked.startswith(reason)
        assert other.startswith("method must be one of") and "nonsense" in other
        assert not (tmp_path / "canary").exists()


def test_rational_arithmetic_of_text() -> None:
    maps = Polynomials(["x/(1 + y)"], "x y", denominators="kept")
    assert maps([fmpq(1), fmpq(2)], lambda c: fmpq(*c.as_integer_ratio())) == [fmpq(1, 3)]
