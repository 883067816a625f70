// Times the parser on files that hold one message each, with the options of the C programs it is
// compared with: -e the 38 essential fields (else the index alone), -p whole values, -s seconds
// per file, -c a fixed count and no clock (for callgrind), -d print what was found.
import Glibc
import SIPStack

enum Work { case index, essentials, values }

struct Options {
    var work = Work.index
    var seconds = 0.3
    var count = 0
    var isDump = false
    var files: [String] = []

    init(_ arguments: [String]) {
        var left = arguments.makeIterator()
        while let argument = left.next() {
            switch argument {
            case "-e": work = .essentials
            case "-p": work = .values
            case "-s": seconds = left.next().flatMap(Double.init) ?? seconds
            case "-c": count = left.next().flatMap { Int($0) } ?? 0
            case "-d": isDump = true
            default: files.append(argument)
            }
        }
    }
}

func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}

/// Uses every result, as the C programs do: 26 lengths and 12 numbers, weighted.
@inline(__always)
func fold(_ e: borrowing MessageEssentials) -> Int {
    var sum = Int(e.method.length) &+ Int(e.requestUser.length) &* 2
    sum &+= Int(e.requestHost.length) &* 3 &+ Int(e.viaTransport.length) &* 4
    sum &+= Int(e.viaHost.length) &* 5 &+ Int(e.viaBranch.length) &* 6
    sum &+= Int(e.viaReceived.length) &* 7 &+ Int(e.fromUser.length) &* 8
    sum &+= Int(e.fromHost.length) &* 9 &+ Int(e.fromTag.length) &* 10
    sum &+= Int(e.toUser.length) &* 11 &+ Int(e.toHost.length) &* 12
    sum &+= Int(e.toTag.length) &* 13 &+ Int(e.callID.length) &* 14
    sum &+= Int(e.cSeqMethod.length) &* 15 &+ Int(e.contactUser.length) &* 16
    sum &+= Int(e.contactHost.length) &* 17 &+ Int(e.digestUsername.length) &* 18
    sum &+= Int(e.digestRealm.length) &* 19 &+ Int(e.digestNonce.length) &* 20
    sum &+= Int(e.digestURI.length) &* 21 &+ Int(e.digestResponse.length) &* 22
    sum &+= Int(e.digestQOP.length) &* 23 &+ Int(e.digestNonceCount.length) &* 24
    sum &+= Int(e.digestClientNonce.length) &* 25 &+ Int(e.body.length) &* 26
    sum &+= e.status &* 3 &+ e.requestPort &* 4 &+ e.viaPort &* 5 &+ e.viaResponsePort &* 6
    sum &+= e.fromPort &* 7 &+ e.toPort &* 8 &+ e.contactPort &* 9 &+ e.contactExpires &* 10
    sum &+= e.cSeqNumber &* 11 &+ e.maxForwards &* 12 &+ e.contentLength &* 13
    return sum &+ e.expires &* 14
}

/// Works on the message `count` times; nil where it was refused.
@inline(never)
func run(
    _ parser: inout MessageParser, _ work: Work, _ bytes: [UInt8], count: Int
) -> Int? {
    var sum = 0
    do throws(MessageError) {
        switch work {
        case .index:
            for _ in 0..<count { sum &+= try parser.countFields(bytes.span) }
        case .essentials:
            for _ in 0..<count {
                var essentials = MessageEssentials()
                try parser.readEssentials(bytes.span, into: &essentials)
                sum &+= fold(essentials)
            }
        case .values:
            for _ in 0..<count {
                switch parser.parse(bytes, framing: .datagram) {
                case .request(let request): sum &+= request.body.count
                case .response(let response): sum &+= response.body.count
                case .rejected, .discarded: return nil
                }
            }
        }
    } catch {
        return nil
    }
    return sum
}

func dump(_ e: MessageEssentials, of bytes: [UInt8]) {
    let slices: [(String, MessageSlice)] = [
        ("method", e.method), ("r_user", e.requestUser), ("r_host", e.requestHost),
        ("via_tp", e.viaTransport), ("via_host", e.viaHost), ("via_branch", e.viaBranch),
        ("via_recv", e.viaReceived), ("f_user", e.fromUser), ("f_host", e.fromHost),
        ("f_tag", e.fromTag), ("t_user", e.toUser), ("t_host", e.toHost), ("t_tag", e.toTag),
        ("callid", e.callID), ("cs_method", e.cSeqMethod), ("c_user", e.contactUser),
        ("c_host", e.contactHost), ("a_user", e.digestUsername), ("a_realm", e.digestRealm),
        ("a_nonce", e.digestNonce), ("a_uri", e.digestURI), ("a_resp", e.digestResponse),
        ("a_qop", e.digestQOP), ("a_nc", e.digestNonceCount),
        ("a_cnonce", e.digestClientNonce),
    ]
    for (name, slice) in slices {
        print("\(name)=\(String(decoding: bytes[slice.range], as: UTF8.self))")
    }
    let numbers: [(String, Int)] = [
        ("body_len", Int(e.body.length)), ("status", e.status), ("r_port", e.requestPort),
        ("via_port", e.viaPort), ("via_rport", e.viaResponsePort), ("f_port", e.fromPort),
        ("t_port", e.toPort), ("c_port", e.contactPort), ("c_exp", e.contactExpires),
        ("cseq", e.cSeqNumber), ("maxf", e.maxForwards), ("clen", e.contentLength),
        ("expires", e.expires),
    ]
    for (name, number) in numbers { print("\(name)=\(number)") }
}

func measure(_ options: Options) {
    var parser = MessageParser()
    var used = 0
    let mode =
        switch options.work {
        case .index: "native"
        case .essentials: "ess"
        case .values: "values"
        }
    for path in options.files {
        let bytes = contents(of: path)
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        if options.isDump {
            var essentials = MessageEssentials()
            let isTaken = (try? parser.readEssentials(bytes.span, into: &essentials)) != nil
            dump(essentials, of: bytes)
            print("\(name) rc=\(isTaken ? 0 : -1)")
            continue
        }
        guard let first = run(&parser, options.work, bytes, count: max(options.count, 1)) else {
            print("strowger \(mode) \(name) FAIL")
            continue
        }
        used &+= first
        guard options.count == 0 else { continue }
        var count = 0
        let start = threadSeconds()
        var now = start
        repeat {
            used &+= run(&parser, options.work, bytes, count: 256) ?? 0
            count += 256
            now = threadSeconds()
        } while now - start < options.seconds
        print("strowger \(mode) \(name) \(Int(Double(count) / (now - start)))")
        fflush(nil)
    }
    if used == 42 { print(used) }
}

measure(Options(Array(CommandLine.arguments.dropFirst())))
