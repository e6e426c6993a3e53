import EventLoops

extension UpgradeSession {
    /// Between two requests: it may have to make room for a newcomer, and a proxy's is nobody's.
    func beginRest() {
        guard rest == nil else { return }
        let census = serverLoop.context.census
        let here = LoopBound(self, loop: serverLoop.loop)
        let makeRoom: @Sendable () -> Void = { here.loop.execute { here.value.makeRoom() } }
        switch counted {
        case .not: break
        case .nobody: rest = census.rest(nil, makeRoom)
        case .address(let address) where proxies?.headers != nil:
            census.forget(address)
            counted = .nobody
            rest = census.rest(nil, makeRoom)
        case .address(let address): rest = census.rest(address, makeRoom)
        }
    }

    /// - Returns: whether it still has its place.
    @discardableResult
    func wake() -> Bool {
        guard let rest = rest.take(), !serverLoop.context.census.wake(rest) else { return true }
        counted = .not
        return false
    }

    private func makeRoom() {
        if !wake() { giveUpPlace() }
    }
}
