"""One module a subcommand: `add(parser)` declares its options, `run(args)` returns the exit code.

A module imports only the standard library and `options` at its top, so that `deeppose --help` is instant; `run` imports
the rest.
"""
