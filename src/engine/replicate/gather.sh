# Prints what is new in files: the most bytes in all as $1, and on standard input one line for each thing wanted:
#
#   f FROM KNOWN MOST PATH  a file of which KNOWN bytes are known: if it has more, at most MOST of them from FROM on
#   d PATH                  the names of the transcripts in a folder
#   s PATH                  a spool, whole, moved away so that nothing is lost or told twice; TAKEN is how it is called then
#   x PATH                  a file or folder that is needed no longer
#   h UNTIL KNOWN PATH      a file of which KNOWN bytes are known: lets go of those before UNTIL
#
# For each line one answer, `@ NUMBER WORD BYTES`, as many bytes and a newline. WORD is how long the file is, or `none`, or
# `unreadable`.
LC_ALL=C
export LC_ALL
left=$1
list=$(cat)
newline='
'
set -f
IFS=$newline

# One program tells all lengths.
set --
for line in $list; do
    case $line in
    f\ *)
        path=${line#f * * * }
        [ -f "$path" ] && set -- "$@" "$path"
        ;;
    esac
done
lengths=
[ $# -eq 0 ] || lengths=$(wc -c -- "$@" 2>/dev/null)
# shellcheck disable=SC2086
set -- $lengths

answer() {
    printf '@ %s %s %s\n' "$number" "$1" "$2"
}

# FROM BYTES PATH
part() {
    tail -c "+$(($1 + 1))" -- "$3" 2>/dev/null | head -c "$2"
}

file() {
    rest=${line#f }
    from=${rest%% *}
    rest=${rest#* }
    known=${rest%% *}
    rest=${rest#* }
    most=${rest%% *}
    path=${rest#* }
    length=none
    if [ $# -gt 0 ]; then
        told=${1#"${1%%[! ]*}"}
        [ "${told#* }" = "$path" ] && length=${told%% *}
    fi
    if [ "$length" = none ] && [ -f "$path" ]; then
        answer unreadable 0
        echo
        return
    fi
    bytes=0
    if [ "$length" != none ] && [ "$length" -gt "$known" ]; then
        bytes=$((length - from))
        [ "$bytes" -le "$most" ] || bytes=$most
        [ "$bytes" -le "$left" ] || bytes=$left
        left=$((left - bytes))
    fi
    answer "$length" "$bytes"
    [ "$bytes" -eq 0 ] || part "$from" "$bytes" "$path"
    echo
}

folder() {
    names=
    if cd -- "$1" 2>/dev/null; then
        set +f
        for name in *.jsonl; do
            [ -f "$name" ] && names="$names$name$newline"
        done
        set -f
    fi
    answer folder ${#names}
    printf '%s\n' "$names"
}

spool() {
    taken=${1%.jsonl}.taken.jsonl
    if [ ! -e "$taken" ] && [ -s "$1" ]; then
        tries=0
        until mkdir "$1.lock" 2>/dev/null; do
            tries=$((tries + 1))
            if [ $tries -ge 100 ] || [ ! -d "$1.lock" ]; then
                rmdir "$1.lock" 2>/dev/null
                break
            fi
            sleep 0.02
        done
        mv -- "$1" "$taken" 2>/dev/null
        rmdir "$1.lock" 2>/dev/null
    fi
    length=
    [ ! -e "$taken" ] || length=$(wc -c 2>/dev/null <"$taken") || length=
    length=${length##* }
    answer "${length:-none}" "${length:-0}"
    [ -z "$length" ] || head -c "$length" -- "$taken"
    echo
}

let_go() {
    rest=${line#h }
    until=${rest%% *}
    rest=${rest#* }
    known=${rest%% *}
    path=${rest#* }
    word=none
    if fallocate -p -o 0 -l "$until" -- "$path" 2>/dev/null; then
        word=hole
    elif [ "$(($(wc -c 2>/dev/null <"$path")))" = "$known" ]; then
        # The disk knows no holes. All of it is known, so all of it may go.
        : >"$path" && word=empty
    fi
    answer $word 0
    echo
}

number=0
for line in $list; do
    case $line in
    f\ *)
        file "$@"
        [ "$length" = none ] || shift
        ;;
    d\ *) (folder "${line#d }") ;;
    s\ *) spool "${line#s }" ;;
    x\ *)
        rm -rf -- "${line#x }" 2>/dev/null
        answer gone 0
        echo
        ;;
    h\ *) let_go ;;
    esac
    number=$((number + 1))
done
echo '@ end'
