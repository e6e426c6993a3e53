import Webshocket

extension Arguments {
    /// What `--cert` and `--key` name; nil for neither.
    func identity() throws(UsageError) -> TLSIdentity? {
        switch (last("cert"), last("key")) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            return TLSIdentity(certificateChain: .file(certificate), privateKey: .file(key))
        case (_?, nil): throw UsageError("--cert wants --key too")
        case (nil, _?): throw UsageError("--key wants --cert too")
        }
    }
}
