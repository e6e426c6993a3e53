#!/usr/bin/env bash
# Functions for .ci/run: phases, their reports and their counts. Source this file in bash. It needs coreutils and perl.
#
# A phase ends every process that it started (see `contained`). Its output goes to a file, because a leftover process
# could hold a pipe open. Its processes have a tag in their environment, which identifies them if `contained` is killed.
# The run always ends with its counts: after a failure, at its deadline, and after SIGINT or SIGTERM.
#
# Environment variables:
#   CI_MINUTES  the time limit of the run in minutes; 85 by default. Above 85, the limit of each phase scales with it.
#   CI_GRACE    the seconds that a process has to exit after SIGTERM; 10 by default
#   reports     the folder for the reports

: "${reports:=.build/ci}"
contained=$(dirname "${BASH_SOURCE[0]}")/contained
run_id=ci-$$
minutes=${CI_MINUTES:-85}
run_end=$((SECONDS + 60 * minutes))
grace=${CI_GRACE:-10}
passed=0 failed=0 skipped=0
# The process IDs of the lanes that run in parallel.
lanes=()
lane_names=()
# The name of the current lane; set only in the process of a lane.
is_lane=

begin_run() {
    rm -rf "$reports"
    mkdir -p "$reports"
    trap 'stop_run INT' INT
    trap 'stop_run TERM' TERM
    trap 'stop_run HUP' HUP
}

# phase NAME SECONDS COMMAND…: runs the command, writes its output to the report NAME.log, and returns its exit status.
phase() {
    local name=$1 seconds=$2 started=$SECONDS report=$reports/$1.log left=$((run_end - SECONDS)) status=0 child viewer=
    local took
    shift 2
    # Exit the lane if the process of the run is gone.
    [ -z "$is_lane" ] || kill -0 $$ 2>/dev/null || exit
    : >"$report"
    [ -n "$is_lane" ] || printf '\n=== %s: %s\n' "$name" "$*"
    if [ "$left" -le 0 ]; then
        echo "not run: the time limit of the run was exceeded" | tee -a "$report"
        complaints "$name" >>"$reports/failures"
        return 124
    fi
    [ "$minutes" -le 85 ] || seconds=$((seconds * minutes / 85))
    [ "$seconds" -le "$left" ] || seconds=$left
    # Nested: if one is killed, the other ends the remaining processes.
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
    # 77 means that a requirement is not installed; the phase counts as skipped.
    case $status in 0 | 77) ;; *) complaints "$name" >>"$reports/failures" ;; esac
    {
        [ -z "$is_lane" ] || { printf '\n=== %s: %s\n' "$name" "$*"; shown <"$report"; }
        cat "$reports/$name.left"
        printf -- '--- %s: %s s' "$name" $((SECONDS - started))
        case $status in
            0) printf '\n' ;;
            # 137 is SIGKILL: from `timeout` after the grace period, or from another process before the time limit.
            137) [ "$took" -lt "$seconds" ] && printf ', killed\n' || printf ', timed out after %s s\n' "$seconds" ;;
            124) printf ', timed out after %s s\n' "$seconds" ;;
            *) printf ', exited with %s\n' "$status" ;;
        esac
    } >"$reports/$name.end"
    # A folder serves as a lock, so that the outputs of two lanes do not mix.
    for _ in {1..100}; do
        mkdir "$reports/.printing" 2>/dev/null && break
        sleep 0.05
    done
    cat "$reports/$name.end"
    rmdir "$reports/.printing" 2>/dev/null
    rm -f "$reports/$name.left" "$reports/$name.end"
    return "$status"
}

# shown: the lines of a report, without the "started" lines of Swift Testing.
shown() { perl -ne 'BEGIN { $| = 1 } print unless /^◇/'; }

# tagged WORD: prints the processes with WORD in the CI_PHASE variable of their environment.
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

# end_processes WORD: ends the processes that `tagged` finds, and prints them.
end_processes() {
    local signal left pid name begun
    left=$(tagged "$@")
    [ -n "$left" ] || return 0
    while read -r pid name; do echo "killed leftover process $pid ($name)"; done <<<"$left"
    for signal in TERM KILL; do
        begun=$SECONDS
        while left=$(tagged "$@") && [ -n "$left" ] && [ $((SECONDS - begun)) -le "$grace" ]; do
            while read -r pid name; do kill "-$signal" "$pid" 2>/dev/null; done <<<"$left"
            sleep 0.1
        done
    done
    [ -z "$left" ] || echo "could not kill: $left"
}

# complaints PHASE: prints the lines of its report that report failures, or its last lines if there are none.
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

# needed PHASE…: runs a phase, and ends the run if it fails.
needed() {
    phase "$@" && return
    failed=$((failed + 1))
    finish
}

# once PHASE…: runs a phase that counts as one test.
once() {
    phase "$@"
    case $? in
        0) passed=$((passed + 1)) ;;
        77) skipped=$((skipped + 1)) ;;
        *) failed=$((failed + 1)) ;;
    esac
    note_counts
}

# counted NAME SECONDS COMMAND…: runs a phase that prints its own counts, as `N passed, N failed, N skipped (TITLE)`.
counted() {
    phase "$@"
    add $? "$(perl -ne 'print "$1 $2 $3\n" if /^(\d+) passed, (\d+) failed, (\d+) skipped \(/' "$reports/$1.log")"
}

# tested NAME SECONDS COMMAND…: runs `swift test`, and takes the counts from its xUnit report.
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

# add STATUS COUNTS: adds lines of three counts to the totals. A phase that failed without counting a failure adds one
# failure, and so does a phase that counted nothing.
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

# side_by_side LANE…: runs functions in parallel and adds up their counts. Each lane runs its phases one after another.
# The output of a phase is printed when it ends.
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

# note_counts: writes the current counts of a lane to its file.
note_counts() { [ -z "$is_lane" ] || echo "$passed $failed $skipped" >"$reports/$is_lane.counts"; }

# add_lanes LANE…: adds the counts of the lanes to the totals. A lane without counts adds one failure.
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

# finish: prints the failures and the counts, and ends the run.
finish() {
    [ ! -s "$reports/failures" ] || cat "$reports/failures"
    printf '\n%s min %s s\n' $((SECONDS / 60)) $((SECONDS % 60))
    echo "$passed passed, $failed failed, $skipped skipped"
    [ $failed -eq 0 ]
    exit
}

# stop_run SIGNAL: ends all processes of the run, prints the counts, and exits.
stop_run() {
    trap '' INT TERM HUP
    [ ${#lanes[@]} -eq 0 ] || kill "${lanes[@]}" 2>/dev/null
    printf '\nstopped by SIG%s\n' "$1"
    end_processes "$run_id"
    [ ${#lanes[@]} -eq 0 ] || add_lanes "${lane_names[@]}"
    failed=$((failed + 1))
    finish
}
