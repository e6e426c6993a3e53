#if os(Linux)
    import Foundation
    import Testing

    /// Tests of the functions of `.ci/run`, with phases that fail.
    @Suite("A run of phases", .timeLimit(.minutes(5)))
    struct PhasesTests {
        private func run(
            _ script: String, minutes: String = "5"
        ) async throws -> (lines: [String], status: Int32) {
            let outcome = try await start(script, minutes: minutes).finish()
            return (outcome.output.split(separator: "\n").map(String.init), outcome.status)
        }

        private func start(_ script: String, minutes: String = "5") throws -> ChildProcess {
            let reports = FileManager.default.temporaryDirectory.appending(path: "phases-\(UUID().uuidString)").path
            let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
            let phases = root.standardized.appending(path: ".ci/phases.sh").path
            let settings = ["reports=\(reports)", "CI_GRACE=1", "CI_MINUTES=\(minutes)"]
            let whole = """
                set -uo pipefail; trap 'rm -rf "$reports"' EXIT; . "$0"; begin_run
                \(script)
                finish
                """
            return try ChildProcess("env", settings + ["bash", "-c", whole, phases])
        }

        /// A daemon that has left its session, ignores SIGTERM, and keeps standard output open.
        private static let daemon =
            #"perl -e 'use POSIX; $SIG{TERM} = "IGNORE"; exit if fork; POSIX::setsid(); sleep 600'"#

        @Test("adds up the counts of its phases, and prints them at the end")
        func counts() async throws {
            let run = try await run(
                """
                once good 60 true
                once bad 60 bash -c 'echo "✘ it is broken"; exit 3'
                counted some 60 echo '5 passed, 0 failed, 2 skipped (of some)'
                counted nothing 60 true
                """)
            #expect(run.status == 1 && run.lines.last == "6 passed, 2 failed, 2 skipped")
            #expect(run.lines.contains("✘ it is broken") && run.lines.contains { $0.hasSuffix("exited with 3") })
        }

        @Test("ends and reports a daemon that has left the session of its phase")
        func daemon() async throws {
            let run = try await run("once leaving 60 bash -c \(quoted)")
            #expect(run.status == 0 && run.lines.last == "1 passed, 0 failed, 0 skipped")
            #expect(run.lines.contains { $0.hasPrefix("killed leftover process ") && $0.hasSuffix(" (perl)") })
        }

        private var quoted: String { "'" + Self.daemon.replacing("'", with: #"'\''"#) + "'" }

        /// A phase that starts a process without the phase's environment, and then runs a command. A second phase
        /// checks that the process has ended.
        private func leaving(_ start: String, then: String) -> String {
            let gone = #"[ ! -e /proc/$pid ] || grep -q "^State:.Z" /proc/$pid/status"#
            return """
                export reports
                once leaving 60 bash -c '\(start) & echo $! >"$reports/pid"; \(then)'
                once gone 60 bash -c 'pid=$(cat "$reports/pid"); \(gone)'
                """
        }

        @Test("ends and reports a process that has left the phase's session and has another environment")
        func untagged() async throws {
            // `env` and `setsid` have replaced themselves with `sleep`.
            let sleeps = #"until [ "$(cat /proc/$!/comm)" = sleep ]; do kill -0 $! || exit; sleep 0.01; done"#
            let run = try await run(leaving("env -i setsid sleep 600", then: sleeps))
            #expect(run.status == 0 && run.lines.last == "2 passed, 0 failed, 0 skipped")
            #expect(run.lines.contains { $0.hasPrefix("killed leftover process ") && $0.hasSuffix(" (sleep)") })
        }

        @Test(
            "ends all processes of a phase if any of them is killed, and continues",
            arguments: [
                // The command, `timeout`, and both processes of `contained`.
                "$$", "$PPID", "$(parent $PPID)", "$(parent $(parent $PPID))",
            ], ["env -i", "env -i setsid"])
        func killed(process: String, start: String) async throws {
            let parent = #"parent() { sed -n "s/^PPid:[[:space:]]*//p" /proc/$1/status; }"#
            let kill = "\(parent); kill -KILL \(process); sleep 600"
            // No process here ignores SIGTERM, and `contained` must not be killed before it has ended the others.
            let run = try await run("grace=60\n" + leaving("\(start) sleep 600", then: kill))
            #expect(run.status == 1 && run.lines.last == "1 passed, 1 failed, 0 skipped")
            #expect(run.lines.contains { $0.hasSuffix(", killed") })
        }

        @Test("ends a phase at its timeout, with all its processes, even if they ignore SIGTERM")
        func timeout() async throws {
            let run = try await run(
                """
                once stuck 1 bash -c 'trap "" TERM; sleep 600 & while :; do sleep 1; done'
                once good 60 true
                """)
            #expect(run.status == 1 && run.lines.last == "1 passed, 1 failed, 0 skipped")
            #expect(run.lines.contains { $0.hasSuffix("timed out after 1 s") })
        }

        @Test("counts phases after its deadline as failed")
        func deadline() async throws {
            let run = try await run("once first 60 true\ncounted second 60 true", minutes: "0")
            #expect(run.status == 1 && run.lines.last == "0 passed, 2 failed, 0 skipped")
        }

        @Test("runs lanes side by side and adds up their counts")
        func lanes() async throws {
            // Each lane waits for the other.
            let run = try await run(
                """
                export reports; mkfifo "$reports/a" "$reports/b"
                one() { once first 60 bash -c 'echo >"$reports/a"; read <"$reports/b"'; once third 60 false; }
                two() { counted second 60 bash -c \
                    'read <"$reports/a"; echo >"$reports/b"; echo "4 passed, 1 failed, 0 skipped (x)"'; }
                side_by_side one two
                """)
            #expect(run.status == 1 && run.lines.last == "5 passed, 2 failed, 0 skipped")
        }

        @Test("prints its counts after SIGTERM, with and without lanes", arguments: [false, true])
        func stopped(inLanes: Bool) async throws {
            let fifo = FileManager.default.temporaryDirectory.appending(path: "ready-\(UUID().uuidString)").path
            try #require(mkfifo(fifo, 0o600) == 0)
            // This does not wait for the phase, which may fail before it opens the other end.
            let ready = open(fifo, O_RDONLY | O_NONBLOCK)
            try #require(ready >= 0)
            defer { close(ready) }
            defer { try? FileManager.default.removeItem(atPath: fifo) }
            let phase = "once waiting 600 bash -c 'echo >\(fifo); exec sleep 600'"
            let script = inLanes ? "lane() { \(phase); }; side_by_side lane" : phase
            let process = try start("once good 60 true\n" + script)
            await withCheckedContinuation { isReady in
                Thread.detachNewThread {
                    var event = pollfd(fd: ready, events: Int16(POLLIN), revents: 0)
                    poll(&event, 1, 60_000)
                    isReady.resume()
                }
            }
            process.terminate()
            let outcome = await process.finish()
            #expect(outcome.status == 1)
            #expect(outcome.output.hasSuffix("\n1 passed, 1 failed, 0 skipped\n"))
        }
    }
#endif
