"""Which queries show the crisis card."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.crisis import looks_like_crisis

CRISIS = """
suicide|Suicidal thoughts|SUICIDE!|sucide|suiside|suicde|suacide|suidice|suicidality|su1cide
kill myself|killing my self|kil myself|I want to kill him|kms|unalive
want to die|I wanna die|i just want to die|wish I was dead|wish i were dead|how to die|ways to die
i want to be dead|am i dying|my son wants to die|better off dead|better off without me|die
end it all|end my life|ending my own life|take my life|i want it to end|end it
hurt myself|hurting myself|self harm|self-harm|selfharm|self injury|cutting myself|cut my wrists
overdose|overdosing|overdos|took too many pills|how many pills|od on tylenol
no reason to live|nothing to live for|life is not worth living|no will to live
can't go on|can’t go on|cannot go on|i cant do this anymore|can't take it any more
don't want to live|I don't want to be here anymore|dont want to wake up|tired of living
i want to disappear|jump off a bridge|painless death|crisis line|988|call 911|hotline
suicidio|quiero morir|me quiero morir|matarme|no quiero vivir|no quiero seguir viviendo
ya no puedo más|no puedo mas|quitarme la vida|ganas de morir|hacerme daño|autolesión|sobredosis
acabar con mi vida|mejor muerto|ya no aguanto|QUIERO MORIRME
"""
NO_CRISIS = """
||???|depression|diet|keto diet and mood|dietary advice|die Angst|die Krankheit verstehen
ist das die Depression|diagnosis|bipolar 2|dbt skills|skills training|painkillers|kilogram
when do symptoms subside|review overdue|decide on treatment|deadline|side effects
cut down on coffee|end of treatment|living with bipolar|self esteem|self care|selfish
borderline personality disorder|complex ptsd|trastorno límite|quiero información|vivir mejor
ketamine dose|how long does it take|what helps|need a dietitian|dye|die-hard fans
"""


def _lines(table: str) -> list[str]:
    return [query for line in table.strip().split("\n") for query in line.split("|")]


def test_a_query_that_reads_like_a_crisis_is_known() -> None:
    assert [query for query in _lines(CRISIS) if not looks_like_crisis(query)] == []


def test_other_queries_are_left_alone() -> None:
    assert [query for query in _lines(NO_CRISIS) if looks_like_crisis(query)] == []


@settings(max_examples=50)
@given(st.text(), st.sampled_from(_lines(CRISIS)))
def test_words_around_it_do_not_hide_it(around: str, query: str) -> None:
    if query not in ("end it", "die"):  # these count alone or at the end
        assert looks_like_crisis(f"{around} {query} {around}")
