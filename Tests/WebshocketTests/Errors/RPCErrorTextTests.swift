import Testing
import Webshocket

@Suite("Descriptions of RPC errors")
struct RPCErrorTextTests {
    @Test(
        "the description has the code, the message and the retry delay",
        arguments: [
            (nil, "rateLimited: Slow down."), (.milliseconds(1_500), "rateLimited: Slow down. (retry after 1.5 s)"),
            (.seconds(60), "rateLimited: Slow down. (retry after 60 s)"),
            (.milliseconds(1), "rateLimited: Slow down. (retry after 0.001 s)"),
            (.zero, "rateLimited: Slow down. (retry after 0 s)"),
            (.seconds(Int64.max), "rateLimited: Slow down. (retry after 9223372036854775807 s)"),
        ] as [(Duration?, String)])
    func retryAfter(time: Duration?, text: String) {
        let error = RPCError("Slow down.", code: .rateLimited, retryAfter: time)
        #expect("\(error)" == text)
    }
}
