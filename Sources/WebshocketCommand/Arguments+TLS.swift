import Webshocket

extension Arguments {
    /// The identity that `--cert` and `--key` name; nil for neither.
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
