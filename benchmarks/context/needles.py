"""Facts that a person mentions once, each with the question that asks for it later."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needle:
    """``value`` is in an answer that knows it, and nowhere else in a talk."""

    said: str
    asked: str
    value: str


NEEDLES = tuple(
    Needle(*each)
    for each in (
        ("My boat is called Grebe.", "What is my boat called?", "Grebe"),
        ("My dentist is Dr Okonkwo.", "Who is my dentist?", "Okonkwo"),
        ("My sister lives in Tromsø.", "Where does my sister live?", "Tromsø"),
        ("My bike is a Brompton.", "What bike is mine?", "Brompton"),
        ("My cat is called Mustard.", "What is my cat called?", "Mustard"),
        ("My landlord is Mr Petrosyan.", "Who is my landlord?", "Petrosyan"),
        ("My piano teacher is Ilse.", "Who is my piano teacher?", "Ilse"),
        ("The gate code is 4417.", "What is the gate code?", "4417"),
        ("My favourite tea is Keemun.", "What is my favourite tea?", "Keemun"),
        ("My flight to Lisbon is on 9 May.", "When is my flight to Lisbon?", "9 May"),
        ("My brother works as a cooper.", "What does my brother do?", "cooper"),
        ("My car is a green Saab.", "What car is mine?", "Saab"),
        ("My tent is a Hilleberg.", "What tent is mine?", "Hilleberg"),
        ("My insurance number is KV-2093.", "What is my insurance number?", "KV-2093"),
        ("My daughter is called Wren.", "What is my daughter called?", "Wren"),
        ("My camera is a Pentax.", "What camera is mine?", "Pentax"),
        ("My allotment is plot 31.", "Which plot is my allotment?", "31"),
        ("My locker number is 268.", "What is my locker number?", "268"),
        ("My neighbour is called Anselm.", "What is my neighbour called?", "Anselm"),
        ("My shoe size is 43.", "What is my shoe size?", "43"),
        ("My guitar is a Takamine.", "What guitar is mine?", "Takamine"),
        ("My horse is called Bramble.", "What is my horse called?", "Bramble"),
        ("My accountant is Ms Quiroga.", "Who is my accountant?", "Quiroga"),
        ("My godson lives in Ghent.", "Where does my godson live?", "Ghent"),
        ("My blood type is B negative.", "What is my blood type?", "B negative"),
        ("My editor is called Marguerite.", "What is my editor called?", "Marguerite"),
        ("My thesis is about peat bogs.", "What is my thesis about?", "peat bogs"),
        ("My rent is 912 euros.", "How much is my rent?", "912"),
        ("My kiln is a Rohde.", "What kiln is mine?", "Rohde"),
        (
            "My grandfather was born in Vilnius.",
            "Where was my grandfather born?",
            "Viln",
        ),
        ("My choir meets at St Olave.", "Where does my choir meet?", "Olave"),
        ("My physiotherapist is Jarek.", "Who is my physiotherapist?", "Jarek"),
        ("My sourdough starter is called Otto.", "What is my starter called?", "Otto"),
        ("My router password is plum-oriole.", "What is my router password?", "oriole"),
        ("My wedding is on 21 June.", "When is my wedding?", "21 June"),
        ("My bank is Triodos.", "What is my bank?", "Triodos"),
        ("My passport expires in 2031.", "When does my passport expire?", "2031"),
        ("My publisher is Fernhill.", "Who is my publisher?", "Fernhill"),
        ("My favourite cheese is Comté.", "What is my favourite cheese?", "Comté"),
        ("My telescope is a Dobsonian.", "What telescope is mine?", "Dobsonian"),
    )
)


def of_talk(turns: int) -> dict[int, Needle]:
    """Which turns of a talk of ``turns`` mention one: every second at most, evenly."""
    count = min(len(NEEDLES), turns // 2)
    return {(2 * at + 1) * turns // (2 * count): NEEDLES[at] for at in range(count)}
