import Testing

/// Measures the wording of the package's comments, string literals and documents.
///
/// The limits are the figures of widely used Swift packages, with a margin: see ``Habit`` and ``ProseGroup``. If this
/// test fails, change the places that it lists.
@Suite("The package's prose")
struct LanguageTests {
    @Test("avoids the habits that make it hard to read")
    func habits() async throws {
        let files = try await SourceTree.trackedFiles()
        let reports = try ProseGroup.all.map { try ProseReport(group: $0, files: $0.files(of: files)) }
        for report in reports {
            #expect(report.words > 10_000, "\(report.group.name): too few words; does the extractor work?")
            for fault in report.faults { Issue.record("\(fault)") }
        }
        print(reports.map(\.summary).joined(separator: "\n"))
    }
}
