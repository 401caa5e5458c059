// Nothing of our own: pins the Tinode that bench/native.py builds.
module parley/bench/tinode

go 1.24.0

require github.com/tinode/chat v0.25.2
