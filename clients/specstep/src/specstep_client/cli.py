"""``specstep``: what can be typed."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from specstep_client import VERSION, commands, saying
from specstep_client.saying import Trouble


def main() -> NoReturn:
    """The program."""
    saying.hide_contents_of_faults()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command. 0: done. 1: it did not work, and a sentence says why. 2: mistyped. 3: sign in first."""
    asked = _parser().parse_args(arguments)
    if asked.debug:
        saying.debug_on()
    try:
        asked.command(asked)
        return 0
    except Trouble as trouble:
        saying.note(f"specstep: {trouble}")
        return trouble.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; Python must not stumble over it once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
        return 141


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument("--server", metavar="URL", help="the SpecStep that is meant; else the one signed in at last")
    everywhere.add_argument("--debug", action="store_true", help="say on standard error what is called, never what is in it")
    parser = argparse.ArgumentParser(prog="specstep", description="SpecStep on the command line.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"specstep {VERSION}")
    words = parser.add_subparsers(metavar="COMMAND", required=True)

    def word(name: str, what: str) -> argparse.ArgumentParser:
        made = words.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}.", parents=[everywhere], allow_abbrev=False
        )
        made.set_defaults(command=getattr(commands, name.replace("-", "_")))
        return made

    one = word("sign-in", "sign in, in the browser or with an API key")
    one.add_argument("--key", action="store_true", help="ask for an API key, or read it from a pipe")
    one.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    one = word("sign-out", "revoke the sign-in and delete it here")
    one.add_argument("--forget", action="store_true", help="delete it here although the server cannot be told")
    word("status", "say who is signed in where, and how things stand")
    one = word("interview", "answer questions in the terminal, or go on with it")
    one.add_argument("interview", nargs="?", metavar="ID", help="the interview; else the newest that is open")
    one.add_argument("--title", metavar="NAME", help="begin a new one")
    one.add_argument("--depth", choices=("quick", "standard", "thorough"), default="standard", help="of a new one")
    one = word("generate", "write the package and watch it")
    one.add_argument("interview", nargs="?", metavar="ID", help="the interview; else the newest")
    one.add_argument("--yes", action="store_true", help="close the interview and accept the cost without asking")
    one = word("watch", "follow a generation")
    one.add_argument("generation", nargs="?", metavar="ID", help="the generation; else the newest")
    one.add_argument("--after", default="", metavar="PLACE", help="go on after what was shown already")
    one = word("pull", "fetch a package as a folder or as its zip")
    one.add_argument("package", nargs="?", metavar="ID", help="the package; else the newest")
    where = one.add_mutually_exclusive_group()
    where.add_argument("--to", metavar="FOLDER", help="write its files there; else into a folder of its own name")
    where.add_argument("--zip", metavar="FILE", help="write the zip instead")
    one.add_argument("--overwrite", action="store_true", help="replace files that did not come from SpecStep")
    word("mcp", "bridge an MCP client that starts programs to the server")
    return parser
