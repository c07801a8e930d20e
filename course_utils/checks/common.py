"""What graders share."""

from __future__ import annotations

UNFINISHED = (
    "The `...` is still there, or nothing is returned: replace it with your code and end with `return`."
)


def unfinished(answer: object) -> bool:
    """True for what a stub leaves: None or `...`."""
    return answer is None or answer is ...


def not_a_net(answer: object, name: str) -> str:
    """What is wrong where a trained net is expected under `name`: a History, or no keras.Model. Empty if it is one."""
    import keras

    if isinstance(answer, keras.callbacks.History):
        return f"`{name}` is what fit returned, the history. Put the model itself there."
    if not isinstance(answer, keras.Model):
        return f"`{name}` is a {type(answer).__name__}; expected a trained keras.Model."
    return ""
