// swift-tools-version: 6.2
import PackageDescription

// Built with the sanitizers by `Fuzz/run` (`make fuzz`): libFuzzer finds inputs that trap, or that
// break a property which every target checks.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func fuzz(_ name: String, _ modules: [String]) -> Target {
    .executableTarget(
        name: "Fuzz" + name,
        dependencies: ["Fuzzing", "CFuzzer"]
            + modules.map { .product(name: $0, package: "strowger") },
        path: "Sources/" + name, swiftSettings: strict)
}

let package = Package(
    name: "strowger-fuzz",
    dependencies: [.package(name: "strowger", path: "..")],
    targets: [
        .target(name: "CFuzzer"),
        .target(name: "Fuzzing", dependencies: ["CFuzzer"], swiftSettings: strict),
        fuzz("SIPDatagram", ["SIPStack"]),
        fuzz("SIPStream", ["SIPStack"]),
        fuzz("Fields", ["SIPStack"]),
        fuzz("URI", ["SIPStack"]),
        fuzz("SDP", ["Media", "Platform"]),
        fuzz("Core", ["Platform", "SIPStack"]),
        fuzz("RTP", ["Media", "Platform"]),
        fuzz("STUN", ["Platform", "Wire"]),
        fuzz("Names", ["Platform", "Wire"]),
        fuzz("Keys", ["Media"]),
        fuzz("UDPTL", ["Media"]),
        fuzz("Ports", ["Media", "Platform", "Wire"]),
        fuzz("Sound", ["Media", "Platform"]),
        fuzz("Repair", ["Media", "Platform"]),
    ],
    swiftLanguageModes: [.v6]
)
