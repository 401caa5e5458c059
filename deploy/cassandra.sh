#!/bin/sh
# Cassandra on this machine, without a package and without root: one JVM a node, on loopback addresses.
#
#   cassandra.sh start FOLDER [NODES]   start what does not run yet, one node after another; back when all answer
#   cassandra.sh stop FOLDER            stop the nodes, by their own process ids
#   cassandra.sh status FOLDER          one line a node; fails unless all of them run
#   cassandra.sh tool FOLDER NODE ARGS  Cassandra's nodetool (status, repair, flush, drain ...)
#   cassandra.sh backup FOLDER TARGET   copy what every node has of the history to the new folder TARGET, while they run
#   cassandra.sh restore FOLDER SOURCE  give such a copy to as many nodes whose tables are there and empty
#
# FOLDER holds everything: libraries, and per node its data, log and pid. A node killed in any way starts again from
# its commit log. Several clusters live side by side with their own CASSANDRA_NETWORK (127.0.0: nodes at 127.0.0.2 and
# up) and CASSANDRA_JMX (7200: node 2 at 7202). CASSANDRA_LIB is where libraries are kept, CASSANDRA_HEAP a node's heap, and
# CASSANDRA_KEYSPACE (parley) what is copied.
set -eu

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
[ $# -ge 2 ] || usage
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
shift 2
own=$(cd "$(dirname "$0")/cassandra" && pwd)
lib=${CASSANDRA_LIB:-$folder/lib}
network=${CASSANDRA_NETWORK:-127.0.0}
jmx=${CASSANDRA_JMX:-7200}
heap=${CASSANDRA_HEAP:-768M}
start_seconds=${CASSANDRA_START_SECONDS:-180}
keyspace=${CASSANDRA_KEYSPACE:-parley}

opened() {
    for package in java.base/jdk.internal.misc java.base/java.lang.ref java.management.rmi/com.sun.jmx.remote.internal.rmi \
        java.rmi/sun.rmi.registry java.rmi/sun.rmi.server java.sql/java.sql jdk.unsupported/sun.misc \
        jdk.compiler/com.sun.tools.javac.file jdk.attach/sun.tools.attach; do
        printf -- '--add-exports=%s=ALL-UNNAMED ' "$package"
    done
    for package in java.base/java.lang java.base/java.util java.base/java.io java.base/java.lang.module \
        java.base/java.lang.reflect java.base/sun.nio.ch java.base/jdk.internal.loader java.base/jdk.internal.ref \
        java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module \
        java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal jdk.compiler/com.sun.tools.javac; do
        printf -- '--add-opens=%s=ALL-UNNAMED ' "$package"
    done
}

fetch() {
    [ ! -e "$lib/complete" ] || return 0
    for tool in java mvn; do
        command -v $tool >/dev/null || { echo "This needs $tool (Java 17 and Maven): install it, then run it again." >&2; exit 1; }
    done
    echo "Fetching Cassandra's libraries (67 MB, once)."
    mvn -q -B -f "$own/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$lib"
    touch "$lib/complete"
}

# Whether the node's pid is alive and still this node's: a pid may have been given to another process meanwhile.
runs() {
    [ -s "$1/pid" ] && { tr '\0' ' ' <"/proc/$(cat "$1/pid")/cmdline"; } 2>/dev/null | grep -qF -- "-Dcassandra.storagedir=$1 "
}

launch() {
    node=$1 address=$2 number=$3
    mkdir -p "$node/log"
    sed -e "s|@ADDRESS@|$address|" -e "s|@SEED@|$network.2|" -e "s|@NODE@|$node|" -e "s|@WRITERS@|$writers|" \
        "$own/cassandra.yaml" >"$node/cassandra.yaml"
    : >"$node/log/system.log"
    # Only Java's quick compiler: with the thorough one three nodes on two cores spent more on compiling than on writing for
    # their first minute, and wrote no cheaper after it.
    # shellcheck disable=SC2046  # one word an option
    nohup java $(opened) -javaagent:"$(ls "$lib"/jamm-*.jar)" -Xms"$heap" -Xmx"$heap" -XX:+UseG1GC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError \
        -Djdk.attach.allowAttachSelf=true -Dio.netty.tryReflectionSetAccessible=true \
        -Dcassandra.storagedir="$node" -Dcassandra.config="file://$node/cassandra.yaml" -Dcassandra.logdir="$node/log" \
        -Dlogback.configurationFile="$own/logback.xml" -Dcassandra.jmx.local.port=$((jmx + number)) \
        -Dcassandra-foreground=yes -Dcassandra.ring_delay_ms=5000 -Dcassandra.skip_wait_for_gossip_to_settle=0 \
        -Dcassandra.consistent.rangemovement=false \
        -cp "$lib/*" org.apache.cassandra.service.CassandraDaemon </dev/null >"$node/log/output" 2>&1 &
    echo $! >"$node/pid"
}

# Fails when the node ends or takes too long.
await() {
    node=$1 waited=0
    until grep -q "Starting listening for CQL clients" "$node/log/system.log"; do
        if ! kill -0 "$(cat "$node/pid")" 2>/dev/null || [ "$waited" -ge $((start_seconds * 2)) ]; then
            return 1
        fi
        sleep 0.5
        waited=$((waited + 1))
    done
}

# On a busy machine the seed may not answer within the short time a node gives it, and the node ends: once more, then.
launch_patiently() {
    for try in 1 2 3; do
        launch "$@"
        if await "$1"; then return; fi
        if runs "$1" || [ "$try" -eq 3 ]; then break; fi
    done
    give_up "$1"
}

give_up() {
    echo "The node of $1 did not start; its log ends:" >&2
    tail -n 15 "$1/log/output" "$1/log/system.log" >&2
    exit 1
}

start() {
    fetch
    nodes=${1:-1} number=2
    # Eight for a core of the node's own is Cassandra's advice: the nodes here share theirs.
    writers=$(($(nproc) * 8 / nodes))
    [ "$writers" -ge 4 ] || writers=4
    while [ "$number" -lt $((nodes + 2)) ]; do
        node=$folder/node$number
        if runs "$node"; then
            await "$node" || give_up "$node"
        else
            launch_patiently "$node" "$network.$number" "$number"
            echo "Cassandra listens on $network.$number:9042."
        fi
        number=$((number + 1))
    done
}

stop() {
    for node in "$folder"/node*; do
        if runs "$node"; then kill -TERM "$(cat "$node/pid")"; kill -CONT "$(cat "$node/pid")"; fi
    done
    for node in "$folder"/node*; do
        waited=0
        while runs "$node"; do
            [ "$waited" -ne 60 ] || kill -KILL "$(cat "$node/pid")"
            sleep 0.25
            waited=$((waited + 1))
        done
        rm -f "$node/pid"
    done
}

status() {
    missing=0
    for node in "$folder"/node*; do
        [ -d "$node" ] || { echo "There is no node in $folder."; return 1; }
        address=$(sed -n 's/^rpc_address: //p' "$node/cassandra.yaml")
        if ! runs "$node"; then
            echo "$address stopped"
            missing=1
        elif grep -q "Starting listening for CQL clients" "$node/log/system.log"; then
            echo "$address up, pid $(cat "$node/pid")"
        else
            echo "$address starting, pid $(cat "$node/pid")"
            missing=1
        fi
    done
    return $missing
}

tool() {
    number=$1
    shift
    # shellcheck disable=SC2046  # one word an option
    java $(opened) -cp "$lib/*" -Dlogback.configurationFile="$own/logback.xml" -Dcassandra.logdir="$folder" \
        org.apache.cassandra.tools.NodeTool -h 127.0.0.1 -p $((jmx + number)) "$@"
}

# Snapshots are files that never change again: they are made at once on every node, and copied at leisure.
backup() {
    target=$1 name=backup-$$
    mkdir "$target"
    for node in "$folder"/node*; do
        tool "${node##*/node}" snapshot -t $name "$keyspace" >/dev/null
    done
    for node in "$folder"/node*; do
        for files in "$node/data/$keyspace"/*/snapshots/$name; do
            table=${files#"$node/data/$keyspace/"}
            copy=$target/${node##*/}/$keyspace/${table%%-*}
            mkdir -p "$copy"
            cp "$files"/* "$copy/"
        done
        tool "${node##*/node}" clearsnapshot -t $name "$keyspace" >/dev/null
    done
}

restore() {
    source=$(cd "$1" && pwd)
    for copy in "$source"/node*/"$keyspace"/*; do
        [ -z "$(find "$copy" -name '*-Data.db')" ] || {
            number=${copy#"$source/node"}
            tool "${number%%/*}" import --copy-data "$keyspace" "${copy##*/}" "$copy"
        }
    done
    # No node was saved at the very moment of another: what one of them has, a head for instance, all have then.
    for node in "$folder"/node*; do
        tool "${node##*/node}" repair -full -pr "$keyspace" >/dev/null
    done
}

case $command in
start | stop | status | tool | backup | restore) $command "$@" ;;
*) usage ;;
esac
