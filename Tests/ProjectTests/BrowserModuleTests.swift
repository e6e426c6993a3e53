import JavaScriptClient
import Testing

@Suite("The client for browsers")
struct BrowserModuleTests {
    @Test("is in the binary as it stands in the sources", arguments: ["webshocket.js", "webshocket.d.ts"])
    func embedding(name: String) throws {
        let bytes = name.hasSuffix(".js") ? BrowserModule.script : BrowserModule.declarations
        let file = try SourceTree.files(in: "Sources/JavaScriptClient").first { $0.name == name }
        // Compared here: how long texts differ takes long to find out.
        let isSame = file.map { Array($0.text.utf8) } == bytes
        #expect(!bytes.isEmpty && isSame)
    }
}
