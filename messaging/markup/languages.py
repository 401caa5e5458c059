"""The words after the opening mark of code that name its language. Any other word there is part of the code."""

LANGUAGES = frozenset(
    """
    ada apache applescript asm awk bash basic bat batch bib c c# c++ cc clj clojure cmake cmd cobol coffee
    coffeescript config console cpp crystal cs csharp css csv cuda cypher d dart diff docker dockerfile dos elisp
    elixir elm erlang ex f# fish fortran fsharp gherkin git glsl go golang gradle graphql groovy h haml haskell hcl
    hpp hs html htm http ini java javascript jinja js json json5 jsonc jsonl jsx julia kotlin kt kts latex less lisp
    log lua make makefile markdown matlab md mermaid mysql nginx nim nix objc objective-c ocaml octave pascal patch
    perl pgsql php pl plain plaintext plantuml plsql postgres postgresql powershell prolog properties proto protobuf
    ps1 pug puppet py py3 python python3 qml r racket rb regex rs rst ruby rust sass scala scheme scss sh shell
    solidity sql sqlite ssh svelte svg swift systemd tcl terraform tex text tf toml ts tsx tsql txt typescript typst
    v vala vb vbnet verilog vhdl vim viml vue wasm x86asm xml yaml yml zig zsh
    """.split()  # noqa: SIM905
)
