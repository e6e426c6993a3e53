import Testing
import Webshocket

extension ReplyStream.Iterator where Element: Equatable {
    /// Expects the next elements to equal the given ones.
    mutating func expect(_ elements: some Sequence<Element>, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        for element in elements {
            let next = try await next()
            #expect(next == element, sourceLocation: sourceLocation)
        }
    }

    /// Expects the stream to have ended, and to stay ended.
    mutating func expectEnd(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for _ in 0..<3 {
            let next = try await next()
            #expect(next == nil, sourceLocation: sourceLocation)
        }
    }

    /// Expects the next element to be an error, and the stream to end after it.
    mutating func expectFailure<Failure: Error>(
        _ type: Failure.Type = ClientError.self, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Failure {
        var failure: (any Error)?
        do {
            _ = try await next()
        } catch {
            failure = error
        }
        let error = try #require(failure as? Failure, sourceLocation: sourceLocation)
        try await expectEnd(sourceLocation: sourceLocation)
        return error
    }
}
