import ArgumentParser
import Foundation
import PBX
import PlatformLinux
import Settings
import Synchronization

/// Where commands are handed in: the running daemon, or the database of a stopped one.
struct Desk {
    let settings: Settings
    private let options: CommonOptions

    /// - Throws: the exit code, after saying what is wrong with the settings.
    init(_ options: CommonOptions) throws {
        self.options = options
        do {
            settings = try Settings.load(path: options.config)
        } catch {
            Output.complain(error.description)
            throw Exit.settings
        }
    }

    /// Carries out a command and prints what came of it.
    func perform(_ command: AdministrationCommand) throws {
        let reply = try reply(to: command)
        Output.show(reply, asJSON: options.json)
        if case .refused(let refusal) = reply { throw Exit.code(for: refusal.kind) }
    }

    /// Carries out a command.
    func reply(to command: AdministrationCommand) throws -> AdministrationReply {
        let request = AdministrationRequest(author: author, command: command)
        do {
            return try ask(try ControlConnection(path: settings.controlPath), request)
        } catch ControlError.notRunning {
            return try performOnDatabase(request)
        } catch let error as ControlError {
            Output.complain(error.description)
            throw Exit.failed
        }
    }

    /// Carries out commands on one conversation with the running exchange, until `next` has none.
    func converse(
        _ next: (AdministrationReply?) throws -> AdministrationCommand?
    ) throws {
        let connection: ControlConnection
        do throws(ControlError) {
            connection = try ControlConnection(path: settings.controlPath)
        } catch {
            Output.complain(error.description)
            if case .notRunning = error { throw Exit.notRunning }
            throw Exit.failed
        }
        var reply: AdministrationReply?
        while let command = try next(reply) {
            do {
                reply = try ask(
                    connection, AdministrationRequest(author: author, command: command))
            } catch let error as ControlError {
                Output.complain(error.description)
                throw Exit.failed
            }
        }
    }

    private var author: String { "pbxctl (\(NSUserName()))" }

    private func ask(
        _ connection: ControlConnection, _ request: AdministrationRequest
    ) throws -> AdministrationReply {
        let line = try JSONEncoder().encode(request)
        let answer = try connection.ask(Array(line))
        guard let reply = try? JSONDecoder().decode(AdministrationReply.self, from: Data(answer))
        else {
            Output.complain(
                "pbxd answers what this pbxctl does not understand; both must be of one version")
            throw Exit.failed
        }
        return reply
    }

    private func performOnDatabase(
        _ request: AdministrationRequest
    ) throws -> AdministrationReply {
        let path = settings.databasePath
        guard request.command.makesDatabase || FileManager.default.fileExists(atPath: path) else {
            Output.complain(
                "there is no database \(path) yet; start pbxd, add an extension, or name another "
                    + "settings file with --config")
            throw Exit.failed
        }
        let store: Store
        do throws(StoreError) {
            try DataFolder.prepare(settings.dataFolder, databasePath: path)
            store = try Store.open(path: path, lane: ImmediateLane())
        } catch {
            Output.complain(error.description)
            throw Exit.failed
        }
        defer { store.close() }
        let administration = Administration(
            store: store, domain: settings.domain, house: settings.house, time: SystemTime(),
            random: KernelRandom(), live: nil)
        let kept = KeptReply()
        administration.perform(request) { kept.keep($0) }
        guard let reply = kept.reply else {
            Output.complain("a fault in pbxctl: the database gave no answer; please report it")
            throw Exit.failed
        }
        return reply
    }
}

/// A reply that came while its asker waited: the immediate lane answers before it returns.
private final class KeptReply: Sendable {
    private let kept = Mutex<AdministrationReply?>(nil)
    var reply: AdministrationReply? { kept.withLock { $0 } }
    func keep(_ reply: AdministrationReply) { kept.withLock { $0 = reply } }
}

extension AdministrationCommand {
    /// True where it makes sense before the first start.
    fileprivate var makesDatabase: Bool {
        switch self {
        case .addExtension, .importExtensions, .addTrunk: true
        case .listExtensions, .showExtension, .changeExtension, .renumberExtension,
            .removeExtension, .listRegistrations, .listCalls, .listFinishedCalls,
            .readEvents, .showCall, .hangUp, .recordCall, .muteCall, .listRecordings,
            .listFaxes, .showFax, .check,
            .changeTrunk, .removeTrunk, .listTrunks, .showTrunk, .addRoute, .changeRoute,
            .removeRoute, .listRoutes, .listBans, .liftBan, .drain,
            .listRevisions, .undo:
            false
        }
    }
}
