"""The date that a chat template asks for, held still: the same prompt on every day of a run."""

import datetime as dt

DIRECTIVES = ("-d", "-m", "-j", "-H", "-I", "-M", "-S", *"aAbBcdDeFGghHIjmMpRSTuUVwWxXyYzZ%")
"""What may follow the % of a date's format. The ones with a dash (no leading zero) come first, %% last."""
FIXED = (
    "{%- macro strftime_now(format) -%}"
    "{%- set told = namespace(text=format) -%}"
    "{%- for directive, value in fixed_date.items() -%}"
    "{%- set told.text = told.text.replace(directive, value) -%}"
    "{%- endfor -%}{{- told.text -}}{%- endmacro %}\n"
)
"""Put before a template, it takes the place of the clock's own function, for this rendering and for nobody else's.

The line break is the one that a template's environment drops after a block, so what follows reads as it did.
"""


def parts_of(date: dt.date) -> dict[str, str]:
    """What each directive stands for on a day, by which `FIXED` spells any format. The time of day is midnight."""
    midnight = dt.datetime.combine(date, dt.time())
    return {f"%{directive}": midnight.strftime(f"%{directive}") for directive in DIRECTIVES}
