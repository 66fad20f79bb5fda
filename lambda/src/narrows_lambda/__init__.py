"""Connection reuse made for AWS Lambda, and a sensor of the connections that no metric shows.

Nothing is imported here: each of ``narrows_lambda.reuse``, ``narrows_lambda.sensor``, ``narrows_lambda.auto`` and
``narrows_lambda.lint`` costs a function what it needs and no more.
"""

__version__ = "0.1.0"
