"""The demonstration and its samples."""

from conditions.demo.building import SAMPLES, NotADemonstration, build, sample
from conditions.demo.people import PASSWORDS

__all__ = ["PASSWORDS", "SAMPLES", "NotADemonstration", "build", "sample"]
