import Testing

// This file contains the habits on purpose, so it is not measured.

@Suite("A habit of wording")
struct HabitTests {
    /// The names of the habits in a Markdown text, in the order of ``Habit/all``.
    private func habits(in text: String, path: String = "A.md") -> [String] {
        let report = report(of: text, path: path)
        return Habit.all.filter { $0.name != Habit.condition.name }
            .flatMap { habit in report.places(of: habit).map { _ in habit.name } }
    }

    private func report(of text: String, path: String = "A.md", margin: Double = 1) -> ProseReport {
        ProseReport(
            group: ProseGroup(name: "planted", paths: [path], margin: margin),
            files: [SourceTree.File(path: path, text: text)])
    }

    @Test(
        "is found in a sentence",
        arguments: [
            ("It tells what becomes of it.", Habit.clauseAsNoun), ("Who waits goes first.", .clauseAsNoun),
            ("What the server sends is dropped.", .clauseAsNoun), ("It is for who pays.", .clauseAsNoun),
            ("It sends whatever it has.", .clauseAsNoun), ("Nobody listens here.", .indefinitePerson),
            ("The one with whom it speaks.", .indefinitePerson), ("Somebody reads it.", .indefinitePerson),
            ("A call runs behind the first.", .behind), ("This is no call.", .isNo), ("A packet that is none.", .isNo),
            ("They are no packets.", .isNo), ("It is nil where it has ended.", .place),
            ("The limit is to be at least 1.", .isToBe), ("The names\nare to\nbe unique.", .isToBe),
        ])
    func found(text: String, habit: Habit) {
        #expect(habits(in: text) == [habit.name])
    }

    @Test("counts twice if a word shows two habits")
    func both() {
        #expect(habits(in: "It asks whoever waits.") == [Habit.clauseAsNoun.name, Habit.indefinitePerson.name])
    }

    @Test(
        "is not found in legitimate wording",
        arguments: [
            "What is a packet?", "Who may join a room, and when?", "## Where does it listen?",
            "A user who logs in becomes a member.", "It fails, whatever the path.", "- Parameter what: The action.",
            "| what | peer | test |", "There is no limit.", "There must be none.", "It is nil if there are none.",
            "The socket is no longer open.", "They are no-ops.", "A client behind a proxy.",
            "The consumer falls behind.", "See https://example.org/what/is-no/call?where=behind now.",
            "It calls `what who nobody` here.", "It spans ``nobody\nbehind`` two lines.",
            "```swift\n// what is no call\n```", "~~~\nnobody\n~~~", "An example:\n\n    nobody where what\n",
            "<!-- compiled: what nobody does -->", "The word 'nobody' is rare.", "The name is whatIsNoCall.",
        ])
    func legitimate(text: String) {
        #expect(habits(in: text) == [])
    }

    @Test(
        "is found in the comments and sentences of each language",
        arguments: [
            ("A.swift", "/// Nobody listens."), ("A.swift", "let a = 1  // nobody listens"),
            ("A.swift", "/* /* Nested. */ Nobody listens. */"), ("A.swift", "@Test(\"nobody listens\")"),
            ("A.swift", "let a = \"\\(name(\"x\")) and nobody listens\""),
            ("A.swift", "let a = \"\"\"\n    nobody listens\n    \"\"\""),
            ("A.swift", "let a = #\"\"a\" nobody listens\"#"),
            ("a.c", "// Nobody listens."), ("a.h", "/**\n * Nobody listens.\n */"),
            ("a.cpp", "char q = '\"'; // nobody listens"), ("a.js", "test('nobody listens', () => {})"),
            ("a.js", "const a = /[\"'`/]/; // nobody listens"), ("a.mjs", "const a = `nobody ${b} listens here`"),
            ("a.ts", "/** Nobody listens. */"), ("a.css", "/* Nobody listens. */"), ("a.py", "# Nobody listens."),
            ("a.py", "\"\"\"Nobody listens.\"\"\""), ("a.py", "f'nobody listens to {name}'"),
            ("run", "#!/bin/sh\n# Nobody listens."), ("run", "#!/usr/bin/env python3\nprint('nobody listens')"),
            ("a.sh", "echo 'nobody listens'"), ("A.md", "| a | nobody listens |"),
        ])
    func languages(path: String, text: String) {
        #expect(habits(in: text, path: path) == [Habit.indefinitePerson.name])
    }

    @Test(
        "is not found in code",
        arguments: [
            ("A.swift", "for nobody in behind where nobody.isMember {}"), ("A.swift", "let a = \"nobody\""),
            ("A.swift", "let a = \"\\(nobody.where(behind, who))\""), ("A.swift", "/// Calls `nobody behind`."),
            ("A.swift", "/// ```\n/// nobody listens behind\n/// ```"), ("a.c", "int nobody = behind / where / who;"),
            ("a.js", "const nobody = `${nobody + behind}`"), ("a.py", "nobody = what if who else where"),
            ("a.sh", "nobody=$#; what behind"), ("run", "# Nobody: a file without an interpreter has no language."),
        ])
    func code(path: String, text: String) {
        #expect(habits(in: text, path: path) == [])
    }

    @Test("is reported with its file, line and words")
    func place() {
        let text = "let a = 1\n\n/// The first line.\n/// It tells a client\n/// whom to call.\n"
        let name = Habit.indefinitePerson.name
        let faults = report(of: text, path: "A.swift").faults
        #expect(
            faults.first == "planted, \(name): 1000.0 per 10,000 words (at most 2.0)"
                + "\n  A.swift:5: it tells a client whom to call")
    }

    @Test("is allowed up to the figure with the group's margin")
    func bound() {
        let plain = String(repeating: "It works if it is open. ", count: 1_000)
        let planted = report(of: plain + "Nobody. Nobody.", margin: 3)
        #expect(planted.words == 6_002)
        #expect(planted.faults == [])
        let fault = "planted, \(Habit.indefinitePerson.name): 3.3 per 10,000 words (at most 3.0)"
        let places = "\n  A.md:1: nobody\n  A.md:1: nobody"
        #expect(report(of: plain + "Nobody. Nobody.", margin: 2).faults == [fault + places])
    }

    @Test("that is plain must not be rare")
    func condition() {
        let text = String(repeating: "It works. ", count: 1_000)
        #expect(report(of: text).faults == ["planted, 'if': 0.0 per 10,000 words (at least 60.0)"])
        #expect(report(of: text + String(repeating: "If so, it works. ", count: 20)).faults == [])
    }

    @Test("lists the files with most occurrences first")
    func order() {
        let group = ProseGroup(name: "planted", paths: [], margin: 0)
        let report = ProseReport(
            group: group,
            files: [
                SourceTree.File(path: "A.md", text: "Nobody."),
                SourceTree.File(path: "C.md", text: "Nobody.\n\nNobody."),
                SourceTree.File(path: "B.md", text: "Nobody."),
            ])
        let places = report.worstPlaces(of: .indefinitePerson).map { "\($0.path):\($0.line)" }
        #expect(places == ["C.md:1", "C.md:3", "A.md:1", "B.md:1"])
    }
}

@Suite("A group of files with prose")
struct ProseGroupTests {
    private static let files = [
        "A.md", "B.md", "Sources/a.swift", "Sources/b.png", "Sources/c.docc/C.md", "Sourcery/a.swift",
    ].map { SourceTree.File(path: $0, text: "") }

    private func paths(_ paths: [String], isMarkdown: Bool = false) throws -> [String] {
        let group = ProseGroup(name: "planted", paths: paths, isMarkdown: isMarkdown, margin: 1)
        return try group.files(of: Self.files).map(\.path)
    }

    @Test("contains each file once: sources or Markdown")
    func contents() throws {
        #expect(try paths(["Sources"]) == ["Sources/a.swift"])
        #expect(try paths(["B.md", "*.md", "Sources"], isMarkdown: true) == ["A.md", "B.md", "Sources/c.docc/C.md"])
    }

    @Test("fails if a listed path does not exist", arguments: ["C.md", "Tests", "Sources/z.swift"])
    func missing(path: String) {
        #expect(throws: ProseGroup.MissingPath(path: path)) { try paths(["Sources", path]) }
    }
}
