extension EventLoop {
    /// Returns the loop's single object of a class, and creates it at the first use. Call it on the loop.
    ///
    /// Use it for state that all connections of a loop share, also those of different servers and clients. The loop
    /// retains the object, so the object must not retain the loop.
    package func local<Local: AnyObject>(_ make: (EventLoop) -> Local) -> Local {
        precondition(isCurrent, "local must be called on the loop")
        let key = ObjectIdentifier(Local.self)
        if let object = locals[key] as? Local { return object }
        let object = make(self)
        locals[key] = object
        return object
    }
}
