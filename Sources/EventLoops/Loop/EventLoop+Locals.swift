extension EventLoop {
    /// The one object of a class that this loop has, made at its first use; on the loop only.
    ///
    /// For what all of a loop's connections share, whoever they belong to. It lives as long as the loop, which it must
    /// not keep alive in turn.
    package func local<Local: AnyObject>(_ make: (EventLoop) -> Local) -> Local {
        precondition(isCurrent, "What a loop shares is asked for on the loop.")
        let key = ObjectIdentifier(Local.self)
        if let object = locals[key] as? Local { return object }
        let object = make(self)
        locals[key] = object
        return object
    }
}
