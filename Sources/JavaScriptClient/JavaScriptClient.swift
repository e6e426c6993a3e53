import CJavaScriptClient

/// The JavaScript client for browsers and Node, embedded in each program that serves it. No separate file is needed.
package enum BrowserModule {
    /// The source of `webshocket.js`, an ES module in UTF-8.
    package static var script: [UInt8] { bytes(browser_module_script()) }

    /// The TypeScript declarations of the module, `webshocket.d.ts`, in UTF-8.
    package static var declarations: [UInt8] { bytes(browser_module_declarations()) }

    private static func bytes(_ embedded: browser_module_bytes) -> [UInt8] {
        Array(UnsafeBufferPointer(start: embedded.start, count: embedded.count))
    }
}
