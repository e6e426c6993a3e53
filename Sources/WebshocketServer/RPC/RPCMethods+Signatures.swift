extension RPCMethods {
    /// The methods with the names of their parameters, such as `add(a,b)`; `_` for a parameter without a name.
    package var signatures: [String] {
        methods.map { method in
            let parameters = method.parameterNames.map { $0 ?? "_" }.joined(separator: ",")
            return "\(method.name)(\(parameters))".escapingControlCharacters
        }
    }
}
