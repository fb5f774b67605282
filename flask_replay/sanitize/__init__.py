"""What may be kept: names that tell of secrets, HTML that carries them, and the seam for an app's
own rules.
"""

from .names import Names
from .sanitizer import REDACTED, Sanitizer

__all__ = ["REDACTED", "Names", "Sanitizer"]
