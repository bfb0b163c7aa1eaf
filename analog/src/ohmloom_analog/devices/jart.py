"""JART VCM v1b: vacancies in a disc under a Schottky contact.

============  =============================================  =======
symbol        name                                           unit
============  =============================================  =======
N             vacancies in the disc, the state               1e26/m^3
N_p           vacancies in the plug                          1e26/m^3
l_d, l_c      length of the disc, of disc and plug           m
r, A          radius of the filament, its cross-section      m, m^2
mu            mobility of electrons                          m^2/Vs
R_0, R_TiO    resistance of the lines, of the oxide layer    ohm
phi           barrier of the contact                         V
u             voltage across the contact                     V
T             temperature of the disc                        K
W_min, W_max  barriers of a hop with and against the field   J
a, nu_0       distance and frequency of hops                 m, Hz
============  =============================================  =======

In the sign of the publication, in which a negative voltage sets::

    v = u + i (R_d + R_p + R_s),  R_d = l_d/(N z q mu A),  R_p = (l_c - l_d)/(N_p z q mu A)
    R_s = R_TiO + R_0 (1 + R_0 alpha R_line i^2)
    u > 0: i = A A_R T^2 exp(-q phi/kT) (exp(q u/kT) - 1)
    u < 0: thermionic field emission, see `_emission`
    T = T_0 + i (u + i (R_d + R_p)) R_th (times 0.27 for v > 0)
    dN/dt = -(N_p + N)/2 a nu_0/l_d (exp(-W_min/kT) - exp(-W_max/kT)) F
    F = 1 - (N/N_max)^10 (v < 0),  1 - (N_min/N)^10 (v > 0)

This project's v > 0 sets, so the voltage and the current change their signs at the door.

The current needs a root in u, inside it a cubic in i; the temperature follows from both. SPICE has
no bisection, and with both nodes free it finds a wrong root in the runaway of a SET, so there is
no subcircuit. Without a limit of the current the disc would reach 2900 K at -1.5 V.

Source: Bengel et al., IEEE TCAS-I 67(12), 2020; Cueppers et al., APL Materials 7, 2019; constants
as in vntinas/JART-TUD-VCM-memristor-model at 783355ab5d.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.roots import root_between

__all__ = ["Jart", "JartParameters", "jart"]

Floats = NDArray[np.float64]

_CHARGE = 1.602176634e-19
_BOLTZMANN = 1.380649e-23
_PLANCK = 6.62607015e-34
_VACUUM = 8.8541878128e-12
_ELECTRON = 9.1093837015e-31
_UNIT = 1e26
_COMPLEX_STEP = 1e-30
_BELOW_THE_BEND = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class JartParameters:
    """Parameters of the published deterministic device."""

    permittivity: float = 17.0
    """Static, relative."""
    permittivity_contact: float = 5.5
    """Of the barrier's lowering, relative."""
    phi_0: float = 0.18
    """Barrier of the contact [V]."""
    phi_n: float = 0.1
    """Conduction band above the Fermi level [V]."""
    mobility: float = 4e-6
    """Of electrons [m^2/Vs]."""
    richardson: float = 6.01e5
    """Richardson's constant [A/m^2K^2]."""
    n_min: float = 0.008
    """Fewest vacancies [1e26/m^3]."""
    n_max: float = 20.0
    """Most vacancies [1e26/m^3]."""
    n_plug: float = 20.0
    """Vacancies in the plug [1e26/m^3]."""
    a_0: float = 0.25e-9
    """Distance of a hop [m]."""
    attempt: float = 2e13
    """Frequency of hops [Hz]."""
    barrier: float = 1.35
    """Barrier of a hop [eV]."""
    r_thermal: float = 15.72e6
    """Thermal resistance at v < 0 [K/W]."""
    reset_share: float = 0.27
    """Of the thermal resistance, at v > 0."""
    radius: float = 45e-9
    """Of the filament [m]."""
    l_cell: float = 3e-9
    """Length of disc and plug [m]."""
    l_disc: float = 0.4e-9
    """Length of the disc [m]."""
    r_oxide: float = 650.0
    """Layer in series [ohm]."""
    r_line: float = 719.2437
    """Lines in series, cold [ohm]."""
    line_alpha: float = 3.92e-3
    """Their change with temperature [1/K]."""
    line_thermal: float = 90471.47
    """Their thermal resistance [K/W]."""
    valence: float = 2.0
    """Charges a vacancy."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.n_min < self.n_max:
            msg = f"n_min must be above 0 and below n_max = {self.n_max:g}, not {self.n_min:g}"
            raise ValueError(msg)
        if not 0 < self.l_disc < self.l_cell:
            msg = f"l_disc must be above 0 and below {self.l_cell:g} m, not {self.l_disc:g}"
            raise ValueError(msg)


class Jart(OneStateDevice):
    """The model, without variability."""

    stored = "vacancies"

    def __init__(self, parameters: JartParameters, *, name: str = "jart") -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source="Bengel et al. 2020, deterministic parameters of JART VCM v1b",
                voltage=(-1.5, 1.5),
                temperature=(273.0, 373.0),
            ),
            lowest=parameters.n_min,
            highest=parameters.n_max,
        )
        self.parameters = parameters
        p = parameters
        self._area = np.pi * p.radius**2
        self._ohm_metre = 1 / (_UNIT * p.valence * _CHARGE * p.mobility * self._area)
        self._cubic = p.r_line**2 * p.line_alpha * p.line_thermal

    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S], the ambient at 293 K as published."""
        volts, vacancies = np.broadcast_arrays(-np.asarray(voltage, dtype=np.float64), stored)
        contact = self._contact(volts, vacancies, 293.0)
        drop = volts - contact
        step = 1j * _COMPLEX_STEP
        by_contact = (
            np.imag(self._excess(contact + step, drop, vacancies, volts, 293.0)) / step.imag
        )
        by_drop = np.imag(self._excess(contact, drop + step, vacancies, volts, 293.0)) / step.imag
        current = self._series_current(drop, vacancies)
        slope = np.imag(self._series_current(drop + step, vacancies)) / step.imag
        return -current, slope * by_contact / (by_contact - by_drop)

    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return dN/dt [1e26/m^3 s]."""
        p = self.parameters
        volts = -voltage
        contact = self._contact(volts, stored, temperature)
        current = self._series_current(volts - contact, stored)
        hot = self._temperature(contact, current, stored, volts, temperature)
        disc, plug = self._resistances(stored)
        setting = volts < 0
        field = np.where(
            setting,
            current * disc / p.l_disc,
            (contact + current * (disc + plug)) / p.l_cell,
        )
        tilt = np.clip(p.valence * field * p.a_0 / (np.pi * p.barrier), -1.0, 1.0)
        even = np.sqrt(1 - tilt**2) + tilt * np.arcsin(tilt)
        thermal = _BOLTZMANN / _CHARGE * hot
        with_field = np.exp(-p.barrier * (even - tilt * np.pi / 2) / thermal)
        against = np.exp(-p.barrier * (even + tilt * np.pi / 2) / thermal)
        room = np.where(setting, 1 - (stored / p.n_max) ** 10, 1 - (p.n_min / stored) ** 10)
        hops = (p.n_plug + stored) / 2 * p.a_0 * p.attempt / p.l_disc
        rate: Floats = -hops * (with_field - against) * room
        return rate

    def subcircuit(self, name: str) -> None:
        """Return None: SPICE can't write it; the module's docstring tells why."""
        del name

    def _resistances(self, vacancies: Floats) -> tuple[Floats, float]:
        p = self.parameters
        return (
            p.l_disc * self._ohm_metre / vacancies,
            (p.l_cell - p.l_disc) * self._ohm_metre / p.n_plug,
        )

    def _contact(self, volts: Floats, vacancies: Floats, ambient: float) -> Floats:
        """Return the voltage across the contact [V]."""
        # Below u = phi_0 - phi_n the field lowers the barrier, so for v > 0 there may be two more
        # roots about there; the one from which nothing jumps as v rises from 0 is the first.
        if not (volts > 0).any():
            return self._root(volts, vacancies, volts, ambient)
        below = np.minimum(volts, _BELOW_THE_BEND * (self.parameters.phi_0 - self.parameters.phi_n))
        found = self._excess(below, volts - below, vacancies, volts, ambient) >= 0
        return self._root(np.where((volts > 0) & found, below, volts), vacancies, volts, ambient)

    def _root(self, end: Floats, vacancies: Floats, volts: Floats, ambient: float) -> Floats:
        """Return the root of the excess between 0 and `end` [V]."""
        return root_between(
            lambda contact: self._excess(contact, volts - contact, vacancies, volts, ambient),
            np.zeros(volts.shape),
            end,
        )

    def _excess(
        self, contact: NDArray, drop: NDArray, vacancies: Floats, volts: Floats, ambient: float
    ) -> NDArray:
        """Return the contact's current less that of what is in series with it [A]."""
        current = self._series_current(drop, vacancies)
        hot = self._temperature(contact, current, vacancies, volts, ambient)
        excess: NDArray = self._emission(contact, hot, vacancies, volts) - current
        return excess

    def _series_current(self, drop: NDArray, vacancies: Floats) -> NDArray:
        # The real root of (R + R_0) i + c i^3 = drop, in the form that keeps small currents exact.
        p = self.parameters
        disc, plug = self._resistances(vacancies)
        linear = disc + plug + p.r_oxide + p.r_line
        scale = np.sqrt(linear / (3 * self._cubic))
        return 2 * scale * np.sinh(np.arcsinh(1.5 * drop / (linear * scale)) / 3)

    def _temperature(
        self, contact: NDArray, current: NDArray, vacancies: Floats, volts: Floats, ambient: float
    ) -> NDArray:
        p = self.parameters
        disc, plug = self._resistances(vacancies)
        share = np.where(volts < 0, 1.0, p.reset_share)
        # The thermal resistance is that of the published radius.
        thermal = p.r_thermal * share * (45e-9 / p.radius) ** 2
        return ambient + current * (contact + current * (disc + plug)) * thermal

    def _emission(
        self, contact: NDArray, hot: NDArray, vacancies: Floats, volts: Floats
    ) -> NDArray:
        """Return the current through the contact [A]; emission over it, or through it."""
        p = self.parameters
        density = p.valence * vacancies * _UNIT
        bend = p.phi_0 - p.phi_n - contact
        lowering = _CHARGE**3 / (8 * np.pi**2 * (p.permittivity_contact * _VACUUM) ** 3)
        phi = p.phi_0 - (lowering * density * np.where(bend.real > 0, bend, 0.0)) ** 0.25
        phi = np.where(phi.real > 0, phi, 0.0)
        setting = volts < 0
        if not setting.any():
            return self._over(contact, phi, hot)
        through = self._through(contact, phi, hot, density, setting)
        if setting.all():
            return through
        return np.where(setting, through, self._over(np.where(setting, 0.0, contact), phi, hot))

    def _over(self, contact: NDArray, phi: NDArray, hot: NDArray) -> NDArray:
        """Return the current over the barrier [A]."""
        thermal = _BOLTZMANN / _CHARGE * hot
        over: NDArray = (
            (self._area * self.parameters.richardson)
            * hot**2
            * np.exp(-phi / thermal)
            * np.expm1(contact / thermal)
        )
        return over

    def _through(
        self,
        contact: NDArray,
        phi: NDArray,
        hot: NDArray,
        density: Floats,
        setting: NDArray[np.bool_],
    ) -> NDArray:
        """Return the current through the barrier [A]."""
        p = self.parameters
        # Both in V: the energy of tunnelling, and kT.
        width = _PLANCK / (4 * np.pi) * np.sqrt(density / (_ELECTRON * p.permittivity * _VACUUM))
        thermal = _BOLTZMANN / _CHARGE * hot
        ratio = width / thermal
        slope = np.tanh(ratio)
        reverse = np.where(setting, -contact, 0.0)
        through: NDArray = (
            (-self._area * p.richardson * _CHARGE / _BOLTZMANN)
            * hot
            * np.sqrt(np.pi * width * (reverse + phi * (1 - slope**2)))
            * np.exp(-phi * slope / width)
            * np.expm1(reverse * (ratio - slope) / width)
        )
        return through


def jart() -> Jart:
    """Return the published deterministic device."""
    return Jart(JartParameters())
