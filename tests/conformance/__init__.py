"""The conformance test of the trace engine: every operation of a template on every kind of
value.
"""

import pytest

pytest.register_assert_rewrite(f"{__name__}.harness")
