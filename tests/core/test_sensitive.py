"""What is never learned by itself, and what is not taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.learning import found_in
from conversations.core.sensitive import is_delicate

DELICATE = [
    # health
    ("condition", "diabetes"),
    ("health", "fine"),
    ("allergy", "nuts"),
    ("diet", "coeliac, no gluten"),
    ("fact", "takes antidepressants"),
    ("state", "is pregnant"),
    ("life", "uses a wheelchair"),
    ("krankheit", "Asthma"),
    ("alltag", "ist schwanger"),
    ("santé", "bonne"),
    ("vie", "est malade"),
    ("enfermedad", "ninguna"),
    ("state", "in remission since 2019"),
    ("appointments", "sees a psychiatrist"),
    ("mondays", "chemo"),
    ("cannot", "drink lactose"),
    ("doctor", "Dr Hansen"),
    ("nimmt", "Blutdrucktabletten"),
    ("vie", "sous chimio"),
    ("toma", "antidepresivos"),
    # what a body tells
    ("login with", "my fingerprint"),
    ("dna", "23andMe"),
    ("carries", "BRCA1"),
    ("handy", "Gesichtserkennung"),
    ("vida", "está embarazada"),
    # faith
    ("religion", "none"),
    ("life", "is a practising Catholic"),
    ("diet", "halal"),
    ("sunday", "goes to church"),
    ("glaube", "evangelisch"),
    ("foi", "musulmane"),
    ("fe", "católico"),
    ("fasting", "during Lent"),
    ("friday", "keeps Shabbat"),
    ("abends", "betet"),
    ("domingos", "misa"),
    # politics
    ("politics", "undecided"),
    ("vote", "yes"),
    ("life", "voted for the Greens"),
    ("partei", "SPD"),
    ("engagement", "socialiste"),
    ("partido", "PSOE"),
    ("stance", "pro-choice"),
    ("weekend", "protests against the government"),
    ("milite", "au PS"),
    # sexuality
    ("life", "is gay"),
    ("past", "came out in 2015"),
    ("identity", "transgender"),
    ("orientation", "any"),
    ("leben", "lebt lesbisch"),
    ("vie", "est homosexuel"),
    # ethnicity
    ("ethnicity", "mixed"),
    ("family", "of Roma descent"),
    ("heritage", "Irish"),
    ("herkunft", "Sinti"),
    ("status", "refugee from Syria"),
    ("skin", "dark"),
    ("people", "Native American"),
    # unions, crime
    ("work", "member of a union"),
    ("arbeit", "in der Gewerkschaft"),
    ("travail", "syndicaliste"),
    ("role", "union rep at school"),
    ("this week", "on strike"),
    ("past", "was in prison"),
    ("vergangenheit", "vorbestraft"),
    ("record", "DUI in 2018"),
    ("past", "accused of theft"),
    ("habit", "cocaine"),
    ("früher", "im Knast"),
    ("passé", "condamné en 2010"),
    ("pasado", "antecedentes penales"),
    # where exactly they live, how to reach them
    ("home", "12 Baker Street"),
    ("home", "221b Baker St"),
    ("home", "Hauptstraße 5"),
    ("home", "Goethestr. 12, Köln"),
    ("domicile", "12 rue de la Paix"),
    ("casa", "Calle Mayor 5"),
    ("home", "SW1A 1AA"),
    ("address", "Oslo"),
    ("place", "59.91273, 10.74609"),
    ("email", "none"),
    ("writes from", "maya@example.org"),
    ("phone", "yes"),
    ("reach", "+47 22 12 34 56"),
    ("reach", "(555) 123-4567"),
    # secrets and numbers
    ("password", "hunter2"),
    ("wifi", "the password is rye"),
    ("pin", "4711"),
    ("contraseña", "pan"),
    ("mot de passe", "pain"),
    ("passwort", "Brot"),
    ("tool", "sk-proj1234567890abcdef"),
    ("tool", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("tool", "AKIAIOSFODNN7EXAMPLE"),
    ("login", "https://maya:rye@example.org/"),
    ("digest", "9e107d9d372bb6826bd81d3542a419d6"),
    ("card", "4111 1111 1111 1111"),
    ("account", "DE89 3704 0044 0532 0130 00"),
    ("account", "NO9386011117947"),
    ("ssn", "078-05-1120"),
    ("passport", "none"),
    ("number", "12345678"),
    # other people
    ("wife", "Anna"),
    ("son's school", "in Ghent"),
    ("best friend", "Tom"),
    ("boss", "strict"),
    ("mother", "lives in Rome"),
    ("frau", "Anna"),
    ("chef", "streng"),
    ("mari", "Paul"),
    ("hermana", "Ana"),
    ("family", "has two children"),
    # a name is none any more when it is a sentence
    ("name", "a catholic man with diabetes"),
]
HARMLESS = [
    ("name", "Maya"),
    ("name", "Christian Black"),
    ("full name", "Faith Church"),
    ("nickname", "Gay"),
    ("nom", "Claire Moreau"),
    ("apellido", "Iglesias"),
    ("home", "Oslo"),
    ("home", "St. Gallen"),
    ("home town", "Frankfurt am Main"),
    ("city", "Santiago de Compostela"),
    ("country", "Norway"),
    ("job", "nurse at a hospital"),
    ("job", "doctor"),
    ("job", "teaches maths"),
    ("job", "Lehrerin"),
    ("employer", "a health insurer"),
    ("studies", "history of art"),
    ("diet", "vegan"),
    ("diet", "no meat"),
    ("favourite colour", "black"),
    ("favourite food", "Asian noodles"),
    ("favourite drink", "black coffee"),
    ("works on", "database migrations and templates"),
    ("hobby", "runs half marathons"),
    ("hobby", "party games"),
    ("hobby", "plays the guitar"),
    ("languages", "Welsh, German"),
    ("idioma", "catalán"),
    ("pets", "two cats"),
    ("dog", "called Rex"),
    ("boat", "Grebe"),
    ("car", "an old Volvo 240"),
    ("age", "40 years old"),
    ("birthday", "12 May"),
    ("born", "1990-05-12"),
    ("born", "12.05.1990"),
    ("editor", "Vim"),
    ("stack", "Python 3.11 and Django"),
    ("answers", "short, in English"),
    ("pronouns", "she/her"),
    ("time zone", "Europe/Oslo"),
    ("bread", "rye at 230 degrees"),
    ("distance", "42 km a week"),
    ("goal", "100,000 steps"),
    ("beruf", "Tischler"),
    ("stadt", "Köln"),
    ("ville", "Lyon"),
    ("ciudad", "Sevilla"),
    ("trabajo", "profesora de inglés"),
    ("travels to", "the European Union"),
]


@pytest.mark.parametrize(("key", "value"), DELICATE)
def test_it_is_not_learned(key, value):
    assert is_delicate(key, value)
    assert is_delicate(key.upper(), value.upper())


@pytest.mark.parametrize(("key", "value"), HARMLESS)
def test_it_may_be_learned(key, value):
    assert not is_delicate(key, value)


def test_there_are_enough_examples():
    assert min(len(DELICATE), len(HARMLESS)) >= 45
    assert len(DELICATE) + len(HARMLESS) >= 120


def test_what_is_delicate_is_dropped_though_the_person_said_it():
    said = "I am a nurse and I have diabetes."
    entries = [
        {"key": "job", "value": "nurse", "quote": said},
        {"key": "has", "value": "diabetes", "quote": said},
    ]
    assert [one.key for one in found_in(json.dumps(entries), said)] == ["job"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_words_can_be_judged(key, value):
    assert isinstance(is_delicate(key, value), bool)


digits = st.text("0123456789", min_size=7, max_size=20)


@given(st.text("abcdefg ", max_size=12), digits, st.sampled_from(["", " ", "-"]))
def test_no_long_number_gets_through(before, number, gap):
    spread = gap.join(number[i : i + 3] for i in range(0, len(number), 3))
    assert is_delicate("fact", f"{before} {spread}")


@given(st.integers(0, 999_999), st.sampled_from(["km", "loaves", "books"]))
def test_quantities_do(number, unit):
    assert not is_delicate("count", f"{number:,} {unit}")
