import Webshocket

extension Arguments {
    /// The identity that `--cert` and `--key` specify; nil if neither option is given.
    /// - Throws: ``UsageError`` if only one of them is given.
    func identity() throws(UsageError) -> TLSIdentity? {
        switch (last("cert"), last("key")) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            return TLSIdentity(certificateChain: .file(certificate), privateKey: .file(key))
        case (_?, nil): throw UsageError("--cert requires --key")
        case (nil, _?): throw UsageError("--key requires --cert")
        }
    }
}
