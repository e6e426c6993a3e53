/// The numbers from 0 up to, but not including, a limit. Each is produced on demand, after a delay.
///
/// Counts the numbers that are produced, and the iterations that are cancelled.
struct CountedNumbers: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let limit: Int
    let name: String?
    let milliseconds: Int
    let counters: Counters
    private var number = 0

    init(limit: Int, name: String?, milliseconds: Int, counters: Counters) {
        self.limit = limit
        self.name = name
        self.milliseconds = milliseconds
        self.counters = counters
    }

    func makeAsyncIterator() -> CountedNumbers { self }

    mutating func next() async throws -> Int? {
        guard number < limit else { return nil }
        if milliseconds > 0 {
            do {
                try await Task.sleep(for: .milliseconds(milliseconds))
            } catch {
                if let name { counters.count("\(name) aborted") }
                throw error
            }
        }
        if let name { counters.count("\(name) made") }
        defer { number += 1 }
        return number
    }
}
