import Foundation
import Webshocket

/// Methods that block, and methods that leave the event loop, for `Tests/Benchmarks/blocked_loop`.
final class BlockingHandler: WebSocketHandler {
    actor OnLoop {
        func add(_ a: Int, _ b: Int) -> Int { a + b }
    }

    actor OffLoop {
        private let executor = OffLoopExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func add(_ a: Int, _ b: Int) -> Int { a + b }
    }

    let access = Access.everyone
    private let onLoop = OnLoop()
    private let offLoop = OffLoop()

    func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }
    func addLater(_ connection: Connection, a: Int, b: Int) async -> Int { a + b }
    func addInActor(_ connection: Connection, a: Int, b: Int) async -> Int { await onLoop.add(a, b) }
    func addInActorOffLoop(_ connection: Connection, a: Int, b: Int) async -> Int { await offLoop.add(a, b) }
    func block(_ connection: Connection, seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

    var methods: RPCMethods {
        RPCMethod("add", add)
        RPCMethod("add_later", addLater)
        RPCMethod("add_in_actor", addInActor)
        RPCMethod("add_in_actor_off_loop", addInActorOffLoop)
        RPCMethod("add_off_loop", add).offLoop()
        RPCMethod("block", block)
        RPCMethod("block_off_loop", block).offLoop()
    }
}
