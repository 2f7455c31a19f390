#!/bin/sh
# Quarterdeck on a host: what agents there run to be heard.
#
#   qd hook DIALECT                a hook fired; its payload is on standard input
#   qd hook DIALECT --status-line  the same for what an agent tells its status line
#   qd signal WORD [OPTIONS]       what a script says of the session that it runs in
#
# It speaks to the agents' door through a port on loopback that leads home, with what is there: curl, else bash, else
# python3. The token travels in the environment and on standard input, never in an argv. A hook prints nothing but what
# the person has decided and always succeeds: an agent must never suffer because nobody answers. What could not be told
# stands in a file, one line of JSON each, and is brought home from there.

umask 077
root=${0%/bin/qd}

# How long a hook that waits for nobody keeps its agent, in seconds, and how long `qd signal` may take.
BRIEF=1
SIGNAL=2
# A door that is there says so every five seconds. After this long without a word, the line is cut.
SILENT=20
# How long it may be away until the agent's own dialog has to do.
AWAY=60
# The most that is kept of what could not be told, in bytes.
SPOOL_BYTES=4194304

# Where the door is: the line that leads home may have come back elsewhere since the agent was started.
find_door() {
    door=
    [ ! -r "$root/run/door" ] || IFS= read -r door <"$root/run/door"
    door=${door:-${QD_DOOR:-}}
    door=${door#http://}
    door=${door%/}
    # The token leaves this machine by nothing but the port that was made for it.
    case ${door#127.0.0.1:} in '' | *[!0-9]*) return 1 ;; esac
    case ${QD_TOKEN:-} in '' | *[!A-Za-z0-9._~+/=-]*) return 1 ;; esac
}

# Names this call: the same when it is made again.
name_call() {
    call=
    [ ! -r /proc/sys/kernel/random/uuid ] || IFS= read -r call </proc/sys/kernel/random/uuid
    call=${call:-$$-$PPID-$(date +%s%N)}
    told_at=
    spooled=
    if [ -n "${QD_SPOOL:-}" ] && { [ -s "$QD_SPOOL" ] || [ -s "${QD_SPOOL%.jsonl}.taken.jsonl" ]; }; then
        spooled=yes
    fi
}

# Milliseconds since 1970.
now() {
    milliseconds=$(date +%s%3N)
    # There are clocks that know only seconds.
    case $milliseconds in *[!0-9]*) milliseconds=$(date +%s)000 ;; esac
    printf '%s' "$milliseconds"
}

# One exchange with the door: PATH, SECONDS and a manner; standard input is the body.
#
#   brief    everything within these seconds; prints the line "status 204", or nothing when nobody answered
#   over     the same, to say that this call waits no longer
#   patient  for as long as a word comes at least every so many seconds; prints the lines of the answer as they come, and
#            one with the status before or behind them
#
# Takes the place of its shell, so that ending that ends it.
say() {
    exec 2>/dev/null
    if command -v curl >/dev/null; then
        say_with_curl "$@"
    elif command -v bash >/dev/null; then
        exec env LC_ALL=C bash -c "$with_bash" qd "$door" "$1" "$2" "$3" "$call" "$spooled"
    elif command -v python3 >/dev/null; then
        exec python3 -I -S -c "$with_python" "$door" "$1" "$2" "$3" "$call" "$spooled"
    fi
}

say_with_curl() {
    case $3 in
    brief | over) limits="-o /dev/null --max-time $2" ;;
    patient) limits="-N --connect-timeout 5 --speed-limit 1 --speed-time $2" ;;
    esac
    # The limits are words of our own.
    # shellcheck disable=SC2086
    exec curl -q -s $limits --noproxy '*' -w '\nstatus %{http_code}\n' --data-binary @- -K /dev/fd/3 "http://$door$1" 3<<END
header = "authorization: Bearer $QD_TOKEN"
header = "x-qd-call: $call"
header = "x-qd-patience: $3"
header = "x-qd-spooled: $spooled"
header = "content-type: application/json"
header = "expect:"
END
}

with_bash='
door=$1 path=$2 seconds=$3 manner=$4 call=$5 spooled=$6
body=$(cat; printf .)
body=${body%.}
exec 3<>"/dev/tcp/${door%:*}/${door##*:}" || exit
{
    printf "POST %s HTTP/1.0\r\nhost: %s\r\nauthorization: Bearer %s\r\n" "$path" "$door" "$QD_TOKEN"
    printf "x-qd-call: %s\r\nx-qd-patience: %s\r\nx-qd-spooled: %s\r\n" "$call" "$manner" "$spooled"
    printf "content-type: application/json\r\ncontent-length: %s\r\n\r\n%s" "${#body}" "$body"
} >&3 &
writer=$!
trap "kill $writer" EXIT
trap exit TERM
IFS= read -r -t "$seconds" line <&3 || exit
line=${line#HTTP/1.? }
echo "status ${line%%[!0-9]*}"
[ "$manner" = patient ] || exit
while IFS= read -r -t "$seconds" line <&3 && [ -n "${line%?}" ]; do :; done
while IFS= read -r -t "$seconds" line <&3; do printf "%s\n" "$line" || exit; done
'

with_python='
import os, socket, sys
door, path, seconds, manner, call, spooled = sys.argv[1:]
body = sys.stdin.buffer.read()
host, port = door.split(":")
head = ["POST %s HTTP/1.0" % path, "host: " + door, "authorization: Bearer " + os.environ["QD_TOKEN"],
        "x-qd-call: " + call, "x-qd-patience: " + manner, "x-qd-spooled: " + spooled,
        "content-type: application/json", "content-length: %d" % len(body), "", ""]
line = socket.create_connection((host, int(port)), float(seconds))
line.sendall("\r\n".join(head).encode() + body)
answer = line.makefile("rb")
out = sys.stdout.buffer
out.write(b"status " + answer.readline().split(b" ")[1] + b"\n")
out.flush()
while manner == "patient" and answer.readline().strip():
    pass
for text in answer if manner == "patient" else ():
    out.write(text)
    out.flush()
'

# Tells the door what is in $payload: PATH and SECONDS. Sets $status: three digits, or none when nobody answered.
tell() {
    status=$(printf '%s' "$payload" | (say "$1" "$2" brief))
    status=${status##*status }
    status=${status%%[!0-9]*}
    [ "$status" != 000 ] || status=
}

hook() {
    exec 2>/dev/null
    payload=$(cat)
    find_door || exit 0
    name_call
    path=/hook/$1
    # The door knows best what waits; this spares it the question.
    case $payload in
    *'"hook_event_name":"PermissionRequest"'* | *'"hook_event_name": "PermissionRequest"'* | \
        *'"tool_name":"request_user_input"'*)
        wait_for_person
        ;;
    esac
    tell "$path" $BRIEF
    case $status in
    202) wait_for_person ;;
    '' | 5??) keep "$path" ;;
    esac
}

# Tells the door and prints what the person decides; tells it again, by the same name, when the line breaks. Does not
# return.
wait_for_person() {
    told_at=$(now)
    pipe=
    speaker=
    listener=
    # Its agent ends it when the person has decided in the pane.
    trap give_up TERM INT HUP
    pipe=$(mktemp -d) && mkfifo "$pipe/answer" || {
        keep "$path"
        leave
    }
    since=$(date +%s)
    pause=0.2
    while :; do
        began=$(date +%s)
        printf '%s' "$payload" | (say "$path" $SILENT patient) >"$pipe/answer" &
        speaker=$!
        # Not in this shell: the end of a child may interrupt what its parent reads.
        listen <"$pipe/answer" &
        listener=$!
        wait $listener
        case $? in
        0) leave ;;
        "$NOBODY") give_up ;;
        esac
        stop_waiting
        ended=$(date +%s)
        if [ $((ended - began)) -gt 1 ]; then
            since=$ended
            pause=0.2
        fi
        if [ $((ended - since)) -gt $AWAY ]; then
            keep "$path"
            leave
        fi
        sleep $pause || sleep 1
        [ $pause = 0.2 ] && pause=0.5 || pause=2
        kill -0 $PPID || give_up
        # It may have come back elsewhere.
        find_door || leave
    done
}

# What a listener says when nobody needs the answer, and when there was none.
NOBODY=3
NONE=4

# Hears an answer and prints the decision in it.
listen() {
    while IFS= read -r line; do
        case $line in
        'reply '*)
            printf '%s' "${line#reply }"
            exit 0
            ;;
        'status 204' | 'status 4'??) exit 0 ;;
        esac
        kill -0 $PPID && kill -0 $$ || exit $NOBODY
    done
    exit $NONE
}

stop_waiting() {
    [ -z "$speaker" ] || kill "$speaker"
    [ -z "$listener" ] || kill "$listener"
    speaker=
    listener=
}

# Nobody needs the decision any more, and the person should know.
give_up() {
    stop_waiting
    (say "$path" $BRIEF over) </dev/null >/dev/null
    leave
}

leave() {
    stop_waiting
    [ -z "$pipe" ] || rm -rf "$pipe"
    exit 0
}

# Puts what could not be told where it is found: PATH.
keep() {
    [ -n "${QD_SPOOL:-}" ] && [ -d "${QD_SPOOL%/*}" ] || return 1
    told_at=${told_at:-$(now)}
    line=$(escaped "$payload")
    lock || return 1
    have=$(wc -c <"$QD_SPOOL") || have=0
    kept=1
    if [ $((have + ${#line})) -lt $SPOOL_BYTES ]; then
        printf '{"call":"%s","at":%s,"path":"%s","payload":"%s"}\n' "$call" "$told_at" "$1" "$line" >>"$QD_SPOOL"
        kept=$?
    fi
    rmdir "$QD_SPOOL.lock"
    return $kept
}

# Who writes to the spool or takes it away holds this for as long as one line takes.
lock() {
    tries=0
    until mkdir "$QD_SPOOL.lock" 2>/dev/null; do
        tries=$((tries + 1))
        # Whoever held it for so long was killed.
        [ $tries -lt 100 ] || { rmdir "$QD_SPOOL.lock" && tries=0; } || return 1
        sleep 0.02 || return 1
    done
}

# TEXT as it stands between the quotes of JSON.
escaped() {
    tab=$(printf '\t')
    end=$(printf '\001')
    printf '%s' "$1" | LC_ALL=C tr '\000-\010\013-\037' ' ' | LC_ALL=C tr '\n' '\001' |
        LC_ALL=C sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/$tab/\\\\t/g" -e "s/$end/\\\\n/g"
}

# Tells the door, and becomes the person's own command where there is one: the same input, the same output. The next
# status line says what this one could not.
status_line() {
    exec 2>/dev/null
    payload=$(cat)
    if find_door; then
        name_call
        tell "/status-line/$1" 5 </dev/null >/dev/null &
    fi
    own=${QD_SPOOL%/*}/status-line.sh
    [ -n "${QD_SPOOL:-}" ] && [ -s "$own" ] || exit 0
    # It is the person's, and has nothing to say at our door.
    unset QD_SESSION QD_DOOR QD_TOKEN QD_SPOOL QD_WORKSPACE QD_BRANCH QD_PORT QD_PORTS
    exec /bin/sh "$own" <<END
$payload
END
}

usage() {
    printf 'error: %s\n' "$1" >&2
    exit 2
}

# The words of `qd signal`, as JSON in $payload.
read_words() {
    word=$1
    shift
    note= background= class=unknown until=null model= requests=0 input=0 output=0 cache_read=0 cache_write=0
    while [ $# -gt 0 ]; do
        case $1 in
        --*=*)
            option=${1%%=*}
            value=${1#*=}
            ;;
        --*)
            [ $# -gt 1 ] || usage "$1 wants a value"
            option=$1
            value=$2
            shift
            ;;
        *) usage "what is $1?" ;;
        esac
        shift
        case $word:$option in
        working:--note | asking:--note | ended:--note | progress:--note | done:--note) note=$(escaped "$value") ;;
        retrying:--note | failed:--note) note=$(escaped "$value") ;;
        your-turn:--background) background="$background${background:+,}\"$(escaped "$value")\"" ;;
        retrying:--class | failed:--class) class=$(escaped "$value" | tr A-Z- a-z_) ;;
        retrying:--until | failed:--until) until=$(moment "$value") || usage "on a host, say how long: 90s, 5m, 2h" ;;
        used:--model) model=$(escaped "$value") ;;
        used:--requests | used:--input | used:--output | used:--cache-read | used:--cache-write)
            case $value in '' | *[!0-9]*) usage "$option wants a number" ;; esac
            case $option in
            --requests) requests=$value ;;
            --input) input=$value ;;
            --output) output=$value ;;
            --cache-read) cache_read=$value ;;
            --cache-write) cache_write=$value ;;
            esac
            ;;
        *) usage "\`qd signal $word\` knows no $option" ;;
        esac
    done
    case $word in
    working | asking | ended | progress | done) more=",\"note\":\"$note\"" ;;
    your-turn) more=",\"background\":[$background]" ;;
    compacting | interrupted) more= ;;
    retrying | failed) more=",\"class\":\"$class\",\"until\":$until,\"note\":\"$note\"" ;;
    used)
        [ -n "$model" ] || usage "\`qd signal used\` wants --model"
        more=",\"model\":\"$model\",\"requests\":$requests,\"tokens\":{\"input\":$input,\"output\":$output"
        more="$more,\"cache_read\":$cache_read,\"cache_write\":$cache_write}"
        ;;
    *) usage "\`qd signal\` knows no $word" ;;
    esac
    [ "$word" != your-turn ] || word=your_turn
    payload="{\"says\":\"$word\"$more}"
}

# How long from now, as milliseconds since 1970.
moment() {
    number=${1%?}
    case $number in '' | *[!0-9]*) return 1 ;; esac
    case $1 in
    *s) seconds=$number ;;
    *m) seconds=$((number * 60)) ;;
    *h) seconds=$((number * 3600)) ;;
    *) return 1 ;;
    esac
    echo "$(($(date +%s) + seconds))000"
}

signal() {
    [ $# -gt 0 ] || usage '`qd signal` wants a word: working, your-turn, asking, progress, done …'
    find_door || usage '`qd signal` speaks for the session it runs in, and this is none'
    read_words "$@"
    name_call
    tell /signal $SIGNAL
    case $status in
    2??) exit 0 ;;
    401)
        echo 'error: this session is over: nobody listens to it any more' >&2
        exit 4
        ;;
    4??)
        echo 'error: that was refused' >&2
        exit 4
        ;;
    esac
    if keep /signal; then
        echo 'nobody answers at home; this is heard when the line is back' >&2
        exit 0
    fi
    echo "error: nobody answers at home, and this can't be kept" >&2
    exit 1
}

case "${1:-} ${2:-} ${3:-} $#" in
'hook claude  2' | 'hook codex  2' | 'hook plain  2') hook "$2" ;;
'hook claude --status-line 3' | 'hook codex --status-line 3' | 'hook plain --status-line 3') status_line "$2" ;;
'hook '*) ;;
'signal '*)
    shift
    signal "$@"
    ;;
*) usage 'on a host, this is only what agents need: qd hook, qd signal' ;;
esac
exit 0
