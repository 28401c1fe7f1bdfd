#!/bin/sh
# Links the program anew with a libmspack of your own, as the LGPL-2.1 provides:
#
#     sh relink.sh [SOURCE] [PROGRAM]
#
# SOURCE is a directory with the source of libmspack, changed or not; without it
# the tarball here is unpacked.  CC is the compiler, @CC@ if not set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=${1:-}
program=${2:-@PROGRAM@}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$source" ]; then
	tar -xf "$here/@TARBALL@" -C "$work"
	source=$work/@DIRECTORY@
fi
for name in @SOURCES@; do
	${CC:-@CC@} -O2 -D_FILE_OFFSET_BITS=64 -DHAVE_CONFIG_H -I"$here" \
		-I"$source/mspack" -c "$source/mspack/$name.c" -o "$work/$name.o"
done
${CC:-@CC@} -static -s -o "$program" "$here"/program.o "$work"/*.o \
	-Wl,--start-group "$here"/*.a -Wl,--end-group @LIBRARIES@
