#!/usr/bin/env bash
# Functions of .ci/run: phases, their reports and their counts. To be sourced by bash; they need coreutils and perl.
#
# A phase ends everything that it started (see contained). Its output goes to a file, not to a pipe that a left-over process
# could hold open. Its processes have a tag in their environment, by which they are found if `contained` itself is killed.
# The run ends with its counts in any case: at a failure, at its deadline, and at SIGINT or SIGTERM.
#
# Settings, in the environment: CI_MINUTES is how long the run may take (85), and above that, the time of each phase grows
# with it; CI_GRACE is how many seconds a process may
# take to end after SIGTERM (10); reports is the folder of the reports.

: "${reports:=.build/ci}"
contained=$(dirname "${BASH_SOURCE[0]}")/contained
run_id=ci-$$
minutes=${CI_MINUTES:-85}
run_end=$((SECONDS + 60 * minutes))
grace=${CI_GRACE:-10}
passed=0 failed=0 skipped=0
# The processes of the lanes that run side by side.
lanes=()
lane_names=()
# The name of the lane, in its own process.
is_lane=

begin_run() {
    rm -rf "$reports"
    mkdir -p "$reports"
    trap 'stop_run INT' INT
    trap 'stop_run TERM' TERM
    trap 'stop_run HUP' HUP
}

# phase NAME SECONDS COMMAND…: runs the command with its output in the report NAME.log; fails if it does.
phase() {
    local name=$1 seconds=$2 started=$SECONDS report=$reports/$1.log left=$((run_end - SECONDS)) status=0 child viewer=
    local took
    shift 2
    # A lane ends with its run, however that has ended.
    [ -z "$is_lane" ] || kill -0 $$ 2>/dev/null || exit
    : >"$report"
    [ -n "$is_lane" ] || printf '\n=== %s: %s\n' "$name" "$*"
    if [ "$left" -le 0 ]; then
        echo "not run: the time of the whole run is over" | tee -a "$report"
        complaints "$name" >>"$reports/failures"
        return 124
    fi
    [ "$minutes" -le 85 ] || seconds=$((seconds * minutes / 85))
    [ "$seconds" -le "$left" ] || seconds=$left
    # Twice: if one is killed, the other ends what is left.
    CI_PHASE="${CI_PHASE-} $run_id $run_id.$name" "$contained" "$grace" "$contained" "$grace" \
        timeout -k "$grace" "$seconds" "$@" </dev/null >"$report" 2>&1 &
    child=$!
    if [ -z "$is_lane" ]; then
        tail -n +1 -s 0.2 -f --pid="$child" "$report" 2>/dev/null | shown &
        viewer=$!
    fi
    wait "$child"
    status=$?
    took=$((SECONDS - started))
    end_processes "$run_id.$name" >"$reports/$name.left"
    [ -z "$viewer" ] || wait "$viewer"
    # 77 says that something is not installed, and is counted as skipped.
    case $status in 0 | 77) ;; *) complaints "$name" >>"$reports/failures" ;; esac
    {
        [ -z "$is_lane" ] || { printf '\n=== %s: %s\n' "$name" "$*"; shown <"$report"; }
        cat "$reports/$name.left"
        printf -- '--- %s: %s s' "$name" $((SECONDS - started))
        case $status in
            0) printf '\n' ;;
            # With 137 `timeout` has ended itself too, or whatever else it was.
            137) [ "$took" -lt "$seconds" ] && printf ', killed\n' || printf ', stopped: it may take %s s\n' "$seconds" ;;
            124) printf ', stopped: it may take %s s\n' "$seconds" ;;
            *) printf ', ended with %s\n' "$status" ;;
        esac
    } >"$reports/$name.end"
    # In one piece, if two lanes end a phase at a time.
    for _ in {1..100}; do
        mkdir "$reports/.printing" 2>/dev/null && break
        sleep 0.05
    done
    cat "$reports/$name.end"
    rmdir "$reports/.printing" 2>/dev/null
    rm -f "$reports/$name.left" "$reports/$name.end"
    return "$status"
}

# shown: the lines of a report, but for those in which Swift Testing tells what it begins.
shown() { perl -ne 'BEGIN { $| = 1 } print unless /^◇/'; }

# tagged WORD: the processes whose environment has the word in CI_PHASE.
tagged() {
    perl -e '
        my ($word) = @ARGV;
        for my $folder (glob "/proc/[0-9]*") {
            my ($pid) = $folder =~ /(\d+)$/;
            next if $pid == $$ || $pid == 1;
            local $/;
            open my $stat, "<", "$folder/stat" or next;
            my ($name, $state) = (<$stat> // "") =~ /^\d+ \((.*)\) (\S) /s or next;
            next if $state eq "Z";
            open my $environ, "<", "$folder/environ" or next;
            my ($tags) = grep { s/^CI_PHASE=// } split /\0/, <$environ> // "";
            print "$pid $name\n" if grep { $_ eq $word } split " ", $tags // "";
        }' "$1"
}

# end_processes WORD: ends what `tagged` finds, and names it.
end_processes() {
    local signal left pid name begun
    left=$(tagged "$@")
    [ -n "$left" ] || return 0
    while read -r pid name; do echo "left over, and ended: process $pid ($name)"; done <<<"$left"
    for signal in TERM KILL; do
        begun=$SECONDS
        while left=$(tagged "$@") && [ -n "$left" ] && [ $((SECONDS - begun)) -le "$grace" ]; do
            while read -r pid name; do kill "-$signal" "$pid" 2>/dev/null; done <<<"$left"
            sleep 0.1
        done
    done
    [ -z "$left" ] || echo "still there: $left"
}

# complaints PHASE: the lines of its report that name what failed, or the last ones, if none does.
complaints() {
    printf '\n%s:\n' "$1"
    perl -e '
        my @lines = <>;
        my @found = grep { /^ *(✘|✖|not ok|FAIL)|Sanitizer: / && !/^✘ Suite/ } @lines;
        @found = grep { /(^|[0-9]: )error: / } @lines unless @found;
        splice @found, 30 if @found > 30;
        @found = @lines > 10 ? @lines[-10 .. -1] : @lines unless @found;
        print @found;' "$reports/$1.log"
}

# needed PHASE…: a phase without which the rest makes no sense.
needed() {
    phase "$@" && return
    failed=$((failed + 1))
    finish
}

# once PHASE…: a phase that counts as one test.
once() {
    phase "$@"
    case $? in
        0) passed=$((passed + 1)) ;;
        77) skipped=$((skipped + 1)) ;;
        *) failed=$((failed + 1)) ;;
    esac
    note_counts
}

# counted NAME SECONDS COMMAND…: a phase that prints its own counts, as `N passed, N failed, N skipped (of what)`.
counted() {
    phase "$@"
    add $? "$(perl -ne 'print "$1 $2 $3\n" if /^(\d+) passed, (\d+) failed, (\d+) skipped \(/' "$reports/$1.log")"
}

# tested NAME SECONDS COMMAND…: a run of `swift test`, counted from the report that it writes.
tested() {
    local report=$reports/$1.xml
    phase "$@" --xunit-output "$report"
    add $? "$(perl -e '
        my @counts = (0, 0, 0);
        for my $file (glob "$ARGV[0]*.xml") {
            open my $xml, "<", $file or next;
            local $/;
            my (undef, @cases) = split /<testcase /, <$xml>;
            $counts[/<failure/ ? 1 : /<skipped/ ? 2 : 0]++ for @cases;
        }
        print "@counts";' "${report%.xml}")"
}

# add STATUS COUNTS: adds lines of three counts. What failed without counting a failure, or counted nothing, is one.
add() {
    local status=$1 p f s all=0 bad=0
    while read -r p f s; do
        passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
        all=$((all + ${p:-0} + ${f:-0} + ${s:-0})) bad=$((bad + ${f:-0}))
    done <<<"$2"
    if [ $all -eq 0 ] || { [ $bad -eq 0 ] && [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; }; then
        failed=$((failed + 1))
    fi
    note_counts
}

# side_by_side LANE…: runs functions at the same time, each with phases one after another, and adds up their counts. A
# phase's output is printed at its end.
side_by_side() {
    local lane index
    lanes=() lane_names=("$@")
    for lane in "$@"; do
        (
            is_lane=$lane passed=0 failed=0 skipped=0
            note_counts
            "$lane"
        ) &
        lanes+=($!)
    done
    for index in "${!lanes[@]}"; do wait "${lanes[$index]}"; done
    lanes=()
    add_lanes "$@"
}

# note_counts: writes what a lane has counted so far.
note_counts() { [ -z "$is_lane" ] || echo "$passed $failed $skipped" >"$reports/$is_lane.counts"; }

# add_lanes LANE…: adds the counts of lanes.
add_lanes() {
    local lane p f s
    for lane in "$@"; do
        if read -r p f s 2>/dev/null <"$reports/$lane.counts"; then
            passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        else
            failed=$((failed + 1))
        fi
    done
}

# finish: prints what failed and the counts, and ends the run.
finish() {
    [ ! -s "$reports/failures" ] || cat "$reports/failures"
    printf '\n%s min %s s\n' $((SECONDS / 60)) $((SECONDS % 60))
    echo "$passed passed, $failed failed, $skipped skipped"
    [ $failed -eq 0 ]
    exit
}

# stop_run SIGNAL: ends what runs, and the run with its counts.
stop_run() {
    trap '' INT TERM HUP
    [ ${#lanes[@]} -eq 0 ] || kill "${lanes[@]}" 2>/dev/null
    printf '\nstopped by SIG%s\n' "$1"
    end_processes "$run_id"
    [ ${#lanes[@]} -eq 0 ] || add_lanes "${lane_names[@]}"
    failed=$((failed + 1))
    finish
}
