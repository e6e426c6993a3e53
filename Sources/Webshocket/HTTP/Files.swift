/// The regular files of a folder, below a prefix of paths (Protocol.md, "Pages and files").
///
///     Files("/", in: "public")             // /chat.css is public/chat.css, / is public/index.html
///     Files("/images", in: "media/images")
///
/// Nothing outside of the folder is served, whatever a path says, not by a symbolic link that leads out of it either,
/// and no file and nothing in a folder whose name in the path begins with a dot. Files are read as they are asked for,
/// on threads for that, and are not held in memory.
public struct Files: Sendable {
    let prefix: String
    let folder: String
    let headers: HTTPHeaders

    /// Serves a folder.
    /// - Parameters:
    ///   - prefix: begins with `/`, compared byte for byte, segment by segment; the longest that fits a path counts.
    ///   - folder: looked up when the server starts, which fails without it.
    ///   - headers: sent with each file, such as `Cache-Control`.
    public init(_ prefix: String = "/", in folder: String, headers: HTTPHeaders = HTTPHeaders()) {
        self.prefix = prefix
        self.folder = folder
        self.headers = headers
    }
}
