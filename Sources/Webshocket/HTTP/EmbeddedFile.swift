/// A body that never changes.
struct EmbeddedFile: Sendable {
    let body: [UInt8]
    let headers: HTTPHeaders

    init(_ body: [UInt8], type: String) {
        self.body = body
        headers = HTTPHeaders(judged: [("Content-Type", type), ("ETag", EntityTag.strong(of: body))])
    }
}
