"""Looking into people's files, in a process of its own that may do little else.

What a file holds is decided by whoever made it, and what reads it is large. So nothing
of it is parsed in the server: ``process`` starts this package as a program, which takes
the bytes from its standard input and answers in lines of JSON. It has no secrets,
writes no file, reaches no network, and ends when it takes too much of anything
(``limits``).
"""
