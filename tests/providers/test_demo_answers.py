"""The demo model knows what its context says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.providers.demo.answers import Said, ToolCall, answer
from conversations.providers.demo.request import DemoRequest, Message

SYSTEM = Message(
    "system",
    "You are Understory, a careful assistant. Your name is Understory. Keep replies "
    "short. Answer in the language of the person. If you are not sure, say so.",
)
UNKNOWN = "nothing in what I was given says so"


def ask(*said: str | Message, tools: tuple[str, ...] = ()) -> Said:
    messages = tuple(m if isinstance(m, Message) else Message("user", m) for m in said)
    return answer(DemoRequest("demo", (SYSTEM, *messages), [], tools=tools))


def system(text: str) -> Message:
    return Message("system", text)


@pytest.mark.parametrize(
    "told",
    [
        "My name is Maya.",
        "Hi, I'm Maya.",
        "I am Maya and I bake bread.",
        "Please call me Maya",
        "Hello there! My name's Maya, nice to meet you.",
        "my name is Maya",
        "Ich heiße Maya.",
        "Je m'appelle Maya",
        "name: Maya",
        system("What you know about the person:\n- name: Maya\n- city: Ghent"),
        system("# Facts\nname = Maya"),
        system("Summary of what came before:\nThe user's name is Maya."),
        system("Summary so far:\n- User: My name is Maya."),
        system("From earlier:\n[2026-05-01] user: I'm Maya, a baker."),
        Message("assistant", "Your name is Maya."),
        Message("user", "Attached: letter.txt\n\nSee you soon.\nname: Maya"),
    ],
)
@pytest.mark.parametrize(
    "asked",
    [
        "What is my name?",
        "What's my name again?",
        "Do you remember my name?",
        "tell me what my name is",
        "Who am I?",
        "WHAT IS MY NAME",
        "Wie heiße ich?",
    ],
)
def test_a_name_is_known_however_it_was_given(told, asked):
    filler = [Message("assistant", "I see."), "The weather is fine.", "It rains now."]
    assert ask(told, *filler, asked) == "Your name is Maya."


@pytest.mark.parametrize(
    "told",
    [
        "Hello.",
        "My sister's name is Maya.",
        "The name of my dog is Maya.",
        "My dog is called Maya.",
        "Maya said hello.",
        "What if my name were Maya?",
        "Is my name Maya?",
        "I'm Dutch.",
        "I am not sure.",
        "Tom: My name is Maya.",
        Message("assistant", "My name is Maya."),
        system("My name is Maya and I help people."),
    ],
)
def test_a_name_that_is_not_the_persons_is_not_given(told):
    reply = ask(told, "What is my name?")
    assert UNKNOWN in reply
    assert "Maya" not in reply.replace("“Maya”", "")


def test_a_full_name_is_given_in_full():
    assert ask("My name is Anne-Marie O'Neil.", "What is my name?") == (
        "Your name is Anne-Marie O'Neil."
    )


KNOWN = [
    ("My favourite colour is teal.", "What is my favorite color?", "teal"),
    ("My favourite fruit is mango", "what fruit do I like best?", "mango"),
    ("I prefer tea over coffee.", "Do I prefer tea or coffee?", "tea over coffee"),
    ("I prefer tea.", "What do I prefer to drink?", "tea"),
    ("I live in Ghent.", "Where do I live?", "Ghent"),
    ("I live in Ghent.", "In which city do I live?", "Ghent"),
    ("I moved to Antwerp last year.", "Where do I live now?", "Antwerp"),
    ("I'm from Porto.", "Where do I come from?", "Porto"),
    ("I was born on 3 May 1990.", "When is my birthday?", "3 May 1990"),
    ("I am 34 years old.", "How old am I?", "34"),
    ("I work as a nurse in Lyon.", "What is my job?", "nurse"),
    ("I am allergic to peanuts.", "Do I have any allergies?", "peanuts"),
    ("I have two cats and a parrot.", "How many cats do I have?", "two cats"),
    ("My dog is called Rex.", "What is my dog's name?", "Rex"),
    ("I have a dog named Rex.", "What is the name of my dog?", "Rex"),
    ("My sister's name is Ana.", "What's my sister called?", "Ana"),
    ("My brother Tom lives in Oslo.", "Where does Tom live?", "Oslo"),
    ("My wife's birthday is 12 June.", "When is my wife's birthday?", "12 June"),
    ("The launch code is 4711.", "What's the launch code?", "4711"),
    ("Remember that the launch code is 4711", "Tell me the launch code", "4711"),
    ("Our standup is at 9:15.", "What time is our standup?", "9:15"),
    ("My flight leaves at 06:15.", "What time does my flight depart?", "06:15"),
    (
        "My appointment with Dr. Smith is on 14 March at 9:40.",
        "When is my appointment with Dr. Smith?",
        "14 March at 9:40",
    ),
    (
        "The access code for the north gate is 7391.",
        "What is the access code for the north gate?",
        "7391",
    ),
    (
        "The access code for the north gate is 7391.",
        "Which code opens the north gate?",
        "7391",
    ),
    (
        "The access code of the north gate is 7391.",
        "Remind me of the north gate's access code, please.",
        "7391",
    ),
    ("The pump's serial number is ZX-81.", "The serial number of the pump?", "ZX-81"),
    ("My phone number is 555-1234.", "What is my phone number?", "555-1234"),
    ("Anna's email is anna@example.com", "Anna's email address?", "anna@example.com"),
    ("The deadline for the report is Friday.", "When is the report due?", "Friday"),
    (
        "One of the special magic numbers for wandering-age is: 8090293.",
        "What is the special magic number for wandering-age mentioned in the text?",
        "8090293",
    ),
    (
        "The best thing to do in San Francisco is to eat a sandwich in Dolores Park.",
        "What is the best thing to do in San Francisco?",
        "Dolores Park",
    ),
    (
        "We decided to use PostgreSQL for the Heron project.",
        "What did I say about Heron?",
        "PostgreSQL",
    ),
    ("When I travel, my locker code is 5521.", "What is my locker code?", "5521"),
    (
        "The maintenance window of the northern pumping station and of its\n"
        "backup is every second Tuesday at 03:00, unless the river is high.",
        "When is the maintenance window of the northern pumping station?",
        "03:00",
    ),
    ("The treasure lies under the old oak.", "Where is the treasure?", "old oak"),
]


@pytest.mark.parametrize(("told", "asked", "found"), KNOWN)
def test_what_was_said_is_found_again(told, asked, found):
    talk = ["It rains a lot.", Message("assistant", "It does."), "I read a book today."]
    assert found in ask(*talk, told, *talk, asked)


@pytest.mark.parametrize(("told", "asked", "found"), KNOWN)
def test_what_was_not_said_is_not_invented(told, asked, found):
    others = [other for other, question, _ in KNOWN if question != asked]
    talk = [f"The {n}th of the pages is blank." for n in range(5)]
    assert UNKNOWN in ask(*talk, asked)
    unlike = [other for other in others if found.lower() not in other.lower()]
    assert found not in ask(*unlike[:3], *talk, asked)


@pytest.mark.parametrize(
    ("told", "asked", "kept_back"),
    [
        (
            "My favourite colour is teal.",
            "What is my sister's favourite colour?",
            "teal",
        ),
        ("My favourite colour is teal.", "What is Tom's favourite colour?", "teal"),
        ("My phone number is 555-1234.", "What is Tom's phone number?", "555"),
        ("Tom's phone number is 555-1234.", "What is my phone number?", "555"),
        ("My sister lives in Rome.", "Where do I live?", "Rome"),
        ("I live in Ghent.", "Where does my sister live?", "Ghent"),
        ("I live in Ghent.", "Where does Tom live?", "Ghent"),
        ("My wife's birthday is 12 June.", "When is my birthday?", "June"),
        ("Alice's desk is by the window.", "Where is Bob's desk?", "window"),
        ("The north gate's code is 7391.", "What is the south gate's code?", "7391"),
        ("The capital of Examplia is Foo.", "What is the capital of France?", "Foo"),
        ("My sister Ana is 30 and her phone is 55.", "What is my phone number?", "55"),
        (
            "I forgot the code 7391 of the gate.",
            "What is the code of the gate?",
            "7391",
        ),
        ("My name is Maya.", "What is your name?", "Maya"),
        ("I have 2 cats.", "What is 2 + 2?", "cats"),
    ],
)
def test_facts_stay_with_their_owner(told, asked, kept_back):
    assert kept_back not in ask(told, asked)


@pytest.mark.parametrize(
    ("first", "later", "asked", "old", "new"),
    [
        (
            "My name is Maya.",
            "My name is Nora now.",
            "What is my name?",
            "Maya",
            "Nora",
        ),
        ("name: Maya", "Call me Mimi.", "What's my name?", "Maya", "Mimi"),
        (
            "My favourite colour is teal.",
            "Actually, since last week my favourite colour is crimson.",
            "What is my favourite colour?",
            "teal",
            "crimson",
        ),
        (
            "The launch code is 4711.",
            "The new launch code is 9999.",
            "What is the launch code?",
            "4711",
            "9999",
        ),
        ("I live in Ghent.", "I moved to Rome.", "Where do I live?", "Ghent", "Rome"),
        (
            system("- favourite colour: teal"),
            "My favourite colour is crimson.",
            "What is my favourite colour?",
            "teal",
            "crimson",
        ),
        (
            system("- name: Maya\n\nuser: My name was Mary then."),
            "I like bread.",
            "What is my name?",
            "Mary",
            "Maya",
        ),
    ],
)
def test_the_later_statement_wins(first, later, asked, old, new):
    reply = ask(first, "Fine.", later, "All right.", asked)
    assert new in reply
    assert old not in reply


@pytest.mark.parametrize(
    ("asked", "never"),
    [
        ("What is my name?", "Understory"),
        ("How should I keep replies?", "Keep replies short"),
        ("What is the language of the person?", "Answer in"),
        ("Who am I?", "careful assistant"),
        ("What do you know about me?", "careful"),
    ],
)
def test_the_system_prompt_is_no_fact_about_the_person(asked, never):
    assert never not in ask(asked)


@pytest.mark.parametrize("mask", ["[NAME_1]", "<person-1>", "{{NAME_1}}", "⟦n1⟧"])
def test_a_masked_name_is_a_name(mask):
    assert ask(f"My name is {mask}.", "What is my name?") == f"Your name is {mask}."


def test_lines_of_notes_stay_apart():
    notes = system(f"name: Maya\nmotto: {'bread and ' * 8}wine\nshoe size: 39")
    assert ask(notes, "What is my shoe size?") == "Your shoe size: 39"


def test_a_play_of_several_speakers_is_told_apart():
    play = system("Human: My cat is called Miso.\nTom: My cat is called Fluff.")
    assert ask(play, "What is my cat's name?") == "Your cat is called Miso."


def test_everything_known_is_listed():
    reply = ask("My name is Maya.", "I live in Ghent.", "What do you know about me?")
    assert reply == "- Your name is Maya.\n- You told me: “I live in Ghent.”"


def test_two_questions_get_two_answers():
    told = "My name is Maya. I live in Ghent."
    reply = ask(told, "What is my name and where do I live?")
    assert reply == "Your name is Maya.\n\nYou told me: “I live in Ghent.”"
    reply = ask(told, "What's my name? What's my shoe size?")
    assert reply.startswith("Your name is Maya.\n\nI do not know")


def test_a_file_passage_is_quoted_as_what_it_is():
    passage = system("From notes.txt:\nThe wifi password is heron-42.")
    assert ask(passage, "What's the password for the wifi?") == (
        "I was given this: “The wifi password is heron-42.”"
    )


def test_its_own_chatter_is_no_source():
    asked = "What is the access code for the north gate?"
    first = ask(asked)
    assert UNKNOWN in first
    second = ask(asked, Message("assistant", first), asked)
    assert second == first


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("Write some code in Python.", "```python"),
        ("Could you show me a JavaScript function?", "```javascript"),
        ("Show a table, please", "|:---"),
        ("Give me a list of steps.", "\n2. "),
        ("Explain the mean with maths", "$$"),
        ("I want a long answer.", "\n## "),
        ("Show me everything markdown can do", "```python"),
    ],
)
def test_samples_are_shown_and_called_samples(asked, shown):
    reply = ask(asked)
    assert shown in reply
    assert "demo model" in reply


@pytest.mark.parametrize(
    "said", ["Hello!", "Thanks a lot", "How are you?", "I baked bread.", "Whales", "…"]
)
def test_small_talk_is_honest(said):
    reply = ask(said)
    assert "demo model" in reply
    assert "OPENAI_API_KEY" in reply
    assert len(reply) < 400


def test_replies_vary_with_the_message_and_only_with_it():
    said = [f"I baked {n} loaves of bread." for n in range(12)]
    replies = [ask(text) for text in said]
    assert len(set(replies)) > 1
    assert replies == [ask(text) for text in said]


@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]),
                          st.text(max_size=60)), max_size=6))  # fmt: skip
def test_no_context_breaks_it(said):
    messages = tuple(Message(role, text) for role, text in said)
    assert isinstance(answer(DemoRequest("demo", messages, [])), str)


def test_a_tool_is_called_when_it_is_asked_for():
    assert ask("Please use the tool weather.", tools=("weather",)) == (
        ToolCall("weather", "{}"),
    )
    call = ask('use the tool `add` with {"a": 1, "b": {"c": 2}}', tools=("add", "x"))
    assert call == (ToolCall("add", '{"a":1,"b":{"c":2}}'),)


@pytest.mark.parametrize(
    "broken", ["{broken}", "{", '{"a": NaN}', '{"a": "\\ud800"}', '{"a":' * 5_000]
)
def test_a_tool_is_called_without_arguments_it_cannot_read(broken):
    said = f"Use the tool add {broken}"
    assert ask(said, tools=("add",)) == (ToolCall("add", "{}"),)


def test_several_tools_are_called_at_once():
    said = 'Use the tool add {"a": "}"} and use the tool now, then use the tool add {}.'
    assert ask(said, tools=("add", "now")) == (
        ToolCall("add", '{"a":"}"}'),
        ToolCall("now", "{}"),
        ToolCall("add", "{}"),
    )


@pytest.mark.parametrize(
    "said",
    [
        "Remember that I bake bread.",
        "Please remember my name is Maya.",
        "Forget what I told you.",
        "Which tools can you use?",
        "What is the weather tool?",
    ],
)
def test_a_tool_is_not_called_unless_it_is_asked_for_by_name(said):
    reply = ask(said, tools=("remember", "forget", "weather"))
    assert isinstance(reply, str)


def test_a_tool_it_was_not_given_is_not_called():
    reply = ask("Use the tool rm.", tools=("weather",))
    assert reply == "I was not given a tool called `rm`. The tools I have: `weather`."


@pytest.mark.parametrize(
    "result",
    [Message("tool", "18 °C in Ghent"), "Result of a tool:\n18 °C in Ghent"],
)
def test_a_tool_result_is_passed_on(result):
    reply = ask("Use the tool weather.", result, tools=("weather",))
    assert reply == "The tool answered:\n\n18 °C in Ghent"
