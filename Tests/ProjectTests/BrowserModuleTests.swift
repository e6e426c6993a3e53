import JavaScriptClient
import Testing

@Suite("The client for browsers")
struct BrowserModuleTests {
    @Test(
        "is in the binary as it stands in the sources",
        arguments: [("webshocket.js", BrowserModule.script), ("webshocket.d.ts", BrowserModule.declarations)])
    func embedding(name: String, bytes: [UInt8]) throws {
        let file = try SourceTree.files(in: "Sources/JavaScriptClient").first { $0.name == name }
        #expect(!bytes.isEmpty && bytes == file.map { Array($0.text.utf8) })
    }
}
