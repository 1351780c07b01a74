"""A process that parses model files, because the native parsers crash and hang on edited ones.

``client`` is our end, ``shared`` the one that all threads use, ``child`` the process. It is started
as ``sys.executable -m engine.score.worker.child`` and never sees the caller's ``__main__``, so it
works from a script, a notebook and standard input. Both ends speak over one socket, the child's
standard input, in frames (``frames``); its standard output and error go nowhere. A request is a
format and the bytes of a file, the answer is plain arrays (``engine.score.packing``) or a message.
Nothing is pickled, and the answer is checked like a file.

* One child serves many files and all threads, one at a time. It is replaced after a crash, a
  time-out or an interrupt, and started anew after a fork. It leaves after ``IDLE_SECONDS`` without
  a request (it holds 60 MB), and when the other end is closed: by exit, ``SIGKILL`` or else.
* A file has ``time_limit(size)`` seconds once the child is ready. We kill it then; the child has
  set an alarm of its own, in case we are gone.
* Its address space is limited by the size of the file, and it leaves no core.
"""
