"""What if: other caps, other worlds, one factor at a time.

``questions`` checks what is asked before anything is run, and answers it: ``frontier`` (with
``today`` on its ``chart``), ``scenarios`` solved anew and valued crosswise (``crossing``,
``elasticity``), ``sensitivities``.
"""
