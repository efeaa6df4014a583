"""The distributions that scenario and population files may state, and their quantiles.

Everything is drawn by inverse CDF, so that draws stay coupled between scenarios and Sobol points keep their worth.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)

from simulator.language import tr
from simulator.schema.field_texts import field_texts
from simulator.units import EXAMPLES, read_as


class Frozen(BaseModel):
    """Every model of a file: no unknown keys, no changes after loading, no true for 1 and no "1_000" for 1000."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, written: Any) -> Any:
        """A file has lists only, and strict models want a tuple where the schema says one."""
        if not isinstance(written, dict):
            return written
        pairs = {name for name, field in cls.model_fields.items() if _is_tuple(field.annotation)}
        return {key: tuple(value) if key in pairs and isinstance(value, list) else value
                for key, value in written.items()}


    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The text below a field in the source describes it; read here, for no other command needs it."""
        schema = handler(core_schema)
        texts = field_texts(cls)
        for name, described in handler.resolve_ref_schema(schema).get("properties", {}).items():
            if name in texts:
                described["description"] = texts[name]
        return schema


def _is_tuple(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(get_origin(member) is tuple for member in get_args(annotation))


def _quantity(dimension: str, ge: float | None = None, le: float | None = None) -> Any:
    """A float field written with a unit of this dimension."""
    numbers = {"type": "number"} if dimension in ("share", "number") else None
    text = {"type": "string", "examples": [EXAMPLES[dimension]]}
    return Annotated[
        float,
        BeforeValidator(lambda written: read_as(dimension, written)),
        Field(allow_inf_nan=False, ge=ge, le=le),
        WithJsonSchema({"anyOf": [text, numbers]} if numbers else text),
    ]


Money = _quantity("money", ge=0)
Share = _quantity("share", ge=0, le=1)
SignedShare = _quantity("share", ge=-1, le=1)
Number = _quantity("number")
Intensity = _quantity("intensity", ge=0)
Duration = _quantity("time", ge=0)
Power = _quantity("power", ge=0)
Hours = _quantity("hours", ge=0)
CoalFactor = _quantity("coal factor", ge=0)
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Q = TypeVar("Q", bound=float)


class Lognormal(Frozen, Generic[Q]):
    """Lognormal by median and sigma of the logarithm, or by mean and standard deviation; truncated at `max`."""

    median: Q | None = None
    sigma: Positive | None = None
    mean: Q | None = None
    sd: Q | None = None
    max: Q | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Lognormal[Q]:
        if (self.median is None) != (self.sigma is None) or (self.mean is None) != (self.sd is None) or (
                (self.median is None) == (self.mean is None)):
            raise ValueError(tr("要么 median 与 sigma，要么 mean 与 sd", "give median and sigma, or mean and sd"))
        return _positive(self, "median", "mean", "sd", "max")

    def parameters(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm."""
        if self.median is not None and self.sigma is not None:
            return float(np.log(self.median)), self.sigma
        assert self.mean is not None
        assert self.sd is not None
        variance = np.log1p((self.sd / self.mean) ** 2)
        return float(np.log(self.mean) - variance / 2), float(np.sqrt(variance))


def _positive(model: Any, *names: str) -> Any:
    for name in names:
        if getattr(model, name) is not None and getattr(model, name) <= 0:
            raise ValueError(tr(f"{name} 应大于 0", f"{name} must be above 0"))
    return model


class Pareto(Frozen, Generic[Q]):
    """Pareto above `min` with tail index `alpha`, truncated at `max`."""

    min: Q
    alpha: Positive
    max: Q | None = None

    @model_validator(mode="after")
    def _ascends(self) -> Pareto[Q]:
        if self.max is not None and self.max <= self.min:
            raise ValueError(tr("max 应大于 min", "max must be above min"))
        return _positive(self, "min")


class Lomax(Frozen, Generic[Q]):
    """Pareto II from 0 with this scale and tail index."""

    scale: Q
    alpha: Positive

    @model_validator(mode="after")
    def _scaled(self) -> Lomax[Q]:
        return _positive(self, "scale")


class Normal(Frozen, Generic[Q]):
    """Normal distribution."""

    mean: Q
    sd: Q

    @model_validator(mode="after")
    def _spread(self) -> Normal[Q]:
        return _positive(self, "sd")


class Choice(Frozen, Generic[Q]):
    """One value of a discrete distribution."""

    value: Q
    weight: Positive


class Part(Frozen, Generic[Q]):
    """One part of a mixture."""

    weight: Positive
    of: Distribution[Q]


class Distribution(Frozen, Generic[Q]):
    """Exactly one of the following; a bare quantity is a constant."""

    constant: Q | None = None
    lognormal: Lognormal[Q] | None = None
    triangular: tuple[Q, Q, Q] | None = None
    """Lowest, most likely, highest."""
    uniform: tuple[Q, Q] | None = None
    beta: tuple[Positive, Positive] | None = None
    """The two shape parameters, on 0..1."""
    normal: Normal[Q] | None = None
    pareto: Pareto[Q] | None = None
    lomax: Lomax[Q] | None = None
    discrete: list[Choice[Q]] | None = None
    """Values in ascending order with their weights."""
    mixture: list[Part[Q]] | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_quantity(cls, written: Any) -> Any:
        return written if isinstance(written, (dict, BaseModel)) else {"constant": written}

    @model_validator(mode="after")
    def _exactly_one(self) -> Distribution[Q]:
        if len(self.model_fields_set) != 1 or getattr(self, self.kind) in (None, []):
            raise ValueError(tr("必须且只能写一种分布", "state exactly one distribution"))
        for ends in (self.triangular, self.uniform):
            if ends is not None and not (sorted(ends) == list(ends) and ends[0] < ends[-1]):
                raise ValueError(tr("数值应由小到大", "the values must ascend"))
        if self.discrete is not None and [c.value for c in self.discrete] != sorted(c.value for c in self.discrete):
            raise ValueError(tr("数值应由小到大", "the values must ascend"))
        low, high = _bounds(type(self).model_fields["constant"].annotation)
        endless = self.normal or (high < np.inf and (self.lognormal or self.pareto or self.lomax))
        lowest, highest = self.ppf(_NEARLY_ALL) if endless else (low, high)  # the others state their ends
        if lowest < low or highest > high:
            raise ValueError(tr(f"会取到 {low:g} 至 {high:g} 以外的值，可用 max 截断或换一种分布",
                                f"takes values outside {low:g} to {high:g}; give a max or another distribution"))
        return self

    @property
    def kind(self) -> str:
        """Name of the distribution."""
        return next(iter(self.model_fields_set))

    def ppf(self, u: np.ndarray) -> np.ndarray:
        """Quantiles at u in (0, 1)."""
        u = np.asarray(u, dtype=float)
        return _QUANTILES[self.kind](getattr(self, self.kind), u)

    def median(self) -> float:
        """The central value, used for the nominal case."""
        return float(self.ppf(np.array([0.5]))[0])

    def reference(self) -> float:
        """The planned value that draws scale: the median as written, else as computed."""
        stated = self.lognormal.median if self.lognormal is not None else None
        return self.median() if stated is None else float(stated)

    def mean(self) -> float:
        """Mean, by quadrature of the quantile function where no closed form is at hand."""
        nodes = (np.arange(200_000) + 0.5) / 200_000
        return float(self.ppf(nodes).mean())


_NEARLY_ALL = np.array([1e-6, 1 - 1e-6])


def _bounds(annotation: Any) -> tuple[float, float]:
    """Lowest and highest value that a quantity may take."""
    stated = [bound for member in get_args(annotation) for note in getattr(member, "__metadata__", ())
              for bound in getattr(note, "metadata", ())]
    return (max((bound.ge for bound in stated if hasattr(bound, "ge")), default=-np.inf),
            min((bound.le for bound in stated if hasattr(bound, "le")), default=np.inf))


def _lognormal(given: Lognormal, u: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr, ndtri

    mu, sigma = given.parameters()
    top = 1.0 if given.max is None else float(ndtr((np.log(given.max) - mu) / sigma))
    return np.exp(mu + sigma * ndtri(u * top))


def _triangular(given: tuple[float, float, float], u: np.ndarray) -> np.ndarray:
    low, mode, high = given
    split = (mode - low) / (high - low)
    return np.where(u < split, low + np.sqrt(u * (high - low) * (mode - low)),
                    high - np.sqrt((1 - u) * (high - low) * (high - mode)))


def _beta(given: tuple[float, float], u: np.ndarray) -> np.ndarray:
    from scipy.special import betaincinv

    return betaincinv(*given, u)


def _normal(given: Normal, u: np.ndarray) -> np.ndarray:
    from scipy.special import ndtri

    return given.mean + given.sd * ndtri(u)


def _pareto(given: Pareto, u: np.ndarray) -> np.ndarray:
    top = 1.0 if given.max is None else 1.0 - (given.min / given.max) ** given.alpha
    return given.min * (1.0 - u * top) ** (-1.0 / given.alpha)


def _lomax(given: Lomax, u: np.ndarray) -> np.ndarray:
    return given.scale * ((1.0 - u) ** (-1.0 / given.alpha) - 1.0)


def _discrete(given: list[Choice], u: np.ndarray) -> np.ndarray:
    weights = np.cumsum([choice.weight for choice in given])
    place = np.searchsorted(weights / weights[-1], u, side="right")
    return np.array([choice.value for choice in given])[np.minimum(place, len(given) - 1)]


def _mixture(given: list[Part], u: np.ndarray) -> np.ndarray:
    """Parts side by side in the order written: monotone when each part lies above the one before."""
    weights = np.array([part.weight for part in given])
    edges = np.concatenate([[0.0], np.cumsum(weights / weights.sum())])
    result = np.empty_like(u)
    for i, part in enumerate(given):
        inside = (u >= edges[i]) & ((u < edges[i + 1]) | (i == len(given) - 1))
        result[inside] = part.of.ppf((u[inside] - edges[i]) / (edges[i + 1] - edges[i]))
    return result


_QUANTILES: dict[str, Any] = {
    "constant": lambda value, u: np.full(u.shape, value),
    "lognormal": _lognormal,
    "triangular": _triangular,
    "uniform": lambda ends, u: ends[0] + (ends[1] - ends[0]) * u,
    "beta": _beta,
    "normal": _normal,
    "pareto": _pareto,
    "lomax": _lomax,
    "discrete": _discrete,
    "mixture": _mixture,
}
