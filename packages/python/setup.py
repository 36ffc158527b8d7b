"""The wheel's tag: any Python 3, but only a system whose C library the module can use. pyproject.toml has the rest."""
import os

from setuptools import setup
from setuptools.dist import Distribution

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel


class BinaryDistribution(Distribution):
    def has_ext_modules(self):
        return True


class Wheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", os.environ["STEAD_PLATFORM"]


setup(distclass=BinaryDistribution, cmdclass={"bdist_wheel": Wheel})
