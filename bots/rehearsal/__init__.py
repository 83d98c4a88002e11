"""A rehearsal: the real program against platforms and a model on loopback, judged by what stands.

`words` marks questions and answers, `board` holds what stands on the platforms, `judge` judges
it; `telegram`, `discord` and `model` are the servers, `program` the processes, `crowd` the fans.
"""
