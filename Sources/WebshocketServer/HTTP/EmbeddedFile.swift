/// A body that never changes, and that scripts of any origin may read.
struct EmbeddedFile: Sendable {
    let body: [UInt8]
    let headers: HTTPHeaders

    init(_ body: [UInt8], type: String) {
        self.body = body
        headers = HTTPHeaders(validated: [
            ("Content-Type", type), ("ETag", EntityTag.strong(of: body)), ("Access-Control-Allow-Origin", "*"),
        ])
    }
}
