"""Whether what somebody types into the search reads like a crisis.

It errs on the side of showing the crisis card: a card too many costs a reader one glance. Nothing
is learned, counted or kept.
"""

import re
from difflib import get_close_matches

from reviews.text.folding import fold

# Told from misspellings by their likeness; "decide", "subside" and "overdue" are further away.
_WORDS = ("suicide", "suicidal", "suicidio", "overdose", "overdosing")
_LIKENESS, _SHORTEST = 0.85, 5

_FEW = r"(?:\w+\ ){0,3}"
_SELF = r"(?:my|him|her|them|your|our|one)\ ?sel\w*"
_LIVING = (
    r"(?:live|living|alive|life|exist\w*|be(?:ing)?\ here|wak(?:e|ing)\ up|go(?:ing)?\ on|carry\ on"
    r"|keep\ (?:going|living))"
)
# On folded text: no accents, apostrophes or capitals. "die" counts only in English company, as it
# is an article in German.
_SIGNS = re.compile(
    rf"""\b(?:
      suicid\w* | suidic\w* | unaliv\w* | kms | kys | kil+(?:s|ed|ing)?
    | (?:hurt|harm|cut|injur|stab|shoot|hang|drown|poison|starv|burn|hat)\w*\ {_SELF}
    | self\ ?(?:harm|hurt|injur|mutilat|cut)\w*
    | (?:cut|slit|slash)\w*\ (?:my\ )?(?:wrist|arm|vein)s? | noose
    | (?:want|wanna|going|gonna|ready|need|wish|plan|hope|try|how|way|rather|deserve|should|let)
      (?:s|ed|ning|ing)?\ {_FEW}(?:die|dead|dying|death)
    | i\ (?:\w+\ )?(?:die|dying) | am\ i\ dying
    | better\ off\ (?:dead|without\ me)
    | (?:end|tak|finish)(?:e|ing)?\ (?:it\ all|everything|(?:my|his|her|their)\ (?:own\ )?li[fv]\w*)
    | end(?:ing)?\ (?:it$|my\ (?:pain|suffering|misery))
    | (?:reason|will|point|purpose|worth|nothing)s?\ (?:(?:to|of|in|for)\ )?{_LIVING}
    | nothing\ to\ live\ for
    | (?:dont|not|never|no\ longer|tired\ of|sick\ of|done\ with|cant|cannot|hate)\ {_FEW}{_LIVING}
    | (?:cant|cannot|can\ not)\ {_FEW}(?:take|do|handle|stand|bear)\ (?:it|this|life|any\ ?more)
    | wan(?:t|ts|ted|na)\ {_FEW}(?:disappear|vanish|to\ end|to\ stop|be\ over)
    | g(?:ive|iving|ave)\ up\ on\ (?:life|living|everything) | goodbye\ (?:note|letter)
    | overdos\w* | od\ on | too\ many\ (?:pills|tablets|meds) | how\ many\ pills
    | (?:took|take|taken|swallow\w*)\ (?:all|too\ many|a\ bottle)
    | jump(?:ing)?\ (?:off|from|in\ front) | (?:lethal|deadly|fatal)\ dose | painless\ (?:death|way)
    | not\ safe | crisis | emergency | 911 | 988 | (?:hot|help|life)\ ?line
    | autolesi\w* | sobredosis | emergencia | mejor\ muert\w* | linea\ de\ crisis
    | (?:matar|ahorcar|cortar|lastimar)(?:me|se|te) | me\ (?:mato|quiero\ matar|voy\ a\ matar)
    | (?:me\ quiero|quiero|quisiera|deseo|prefiero|ganas\ de|ojala)\ {_FEW}
      (?:morir\w*|muert\w*|desaparecer)
    | no\ (?:quiero|deseo|puedo|aguanto|soporto|tengo\ ganas\ de)\ {_FEW}
      (?:vivir|viviendo|seguir|existir|despertar|estar\ aqui|mas)
    | ya\ no\ (?:puedo|aguanto)
    | quitar(?:me|se|te)\ la\ vida | (?:acabar|terminar)\ con\ (?:mi|su|la|todo)
    | hacer(?:me|se|te)\ dano | (?:razon|razones|para\ que)\ (?:para\ )?vivir
    )\b | ^(?:die|dying|dead|death)$""",
    re.VERBOSE,
)


def looks_like_crisis(query: str) -> bool:
    """Whether to show the full crisis card above what a search finds."""
    asked = fold(query)
    if _SIGNS.search(asked):
        return True
    return any(
        get_close_matches(word, _WORDS, n=1, cutoff=_LIKENESS)
        for word in asked.split()
        if len(word) >= _SHORTEST
    )
