// swift-tools-version: 6.2
import PackageDescription

// Strict by default: a warning is an error, and a module sees only what its own imports name.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "strowger",
    products: [
        .library(name: "SIPStack", targets: ["SIPStack"]),
        .library(name: "Media", targets: ["Media"]),
        .library(name: "Wire", targets: ["Wire"]),
        .library(name: "Platform", targets: ["Platform"]),
        .library(name: "PBX", targets: ["PBX"]),
        .library(name: "PlatformLinux", targets: ["PlatformLinux"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        // Transitive, named so that a checkout never floats: Package.resolved is not kept.
        .package(url: "https://github.com/apple/swift-atomics", exact: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
    ],
    targets: [
        .target(name: "Platform", swiftSettings: strict),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .target(name: "Wire", dependencies: ["Platform", "COpenSSL"], swiftSettings: strict),
        .target(name: "SIPStack", dependencies: ["Platform", "Wire"], swiftSettings: strict),
        .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .target(name: "CSpandsp", linkerSettings: [.linkedLibrary("spandsp")]),
        .target(
            name: "Media", dependencies: ["Platform", "Wire", "COpus", "CSpandsp"],
            swiftSettings: strict),
        .target(
            name: "PBX",
            dependencies: [
                "Platform", "Wire", "SIPStack", "Media",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: strict),
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(
            name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        .target(
            name: "PlatformLinux",
            dependencies: [
                "Platform", "Wire", "Media", "SIPStack", "CLinux", "COpenSSL", "CCares", "CSndfile",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),
        .target(
            name: "Settings",
            dependencies: [
                "Platform", "PBX", "SIPStack", "Media", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(name: "CSim", cSettings: [.define("_GNU_SOURCE")]),
        // Takes libc's place in the executables that link it: the simulator's, no other.
        .target(
            name: "CInterposed", dependencies: ["CSim"], cSettings: [.define("_GNU_SOURCE")]),
        .target(
            name: "Sim",
            dependencies: ["Platform", "Wire", "SIPStack", "Media", "PBX", "CSim"],
            swiftSettings: strict),
        .executableTarget(
            name: "pbxd",
            dependencies: [
                "Platform", "PBX", "PlatformLinux", "Settings", "SIPStack", "Media",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "pbxctl",
            dependencies: [
                "Platform", "PBX", "PlatformLinux", "Settings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "pbxsim",
            dependencies: [
                "CInterposed", "Platform", "Sim",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        // Real load from the same phones: nothing interposed, the machine's own clock and sockets.
        .executableTarget(
            name: "pbxload",
            dependencies: [
                "Platform", "PlatformLinux", "PBX", "Sim", "SIPStack",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        // Faults put in on purpose: what the simulator must find. Never part of what is shipped.
        .executableTarget(
            name: "pbxsim-planted",
            dependencies: [
                "CInterposed", "Platform", "SIPStack", "Media", "PBX", "Sim",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Planted", swiftSettings: strict),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Platform"], swiftSettings: strict),
        .testTarget(
            name: "SIPStackTests", dependencies: ["SIPStack", "Platform", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "MediaTests", dependencies: ["Media", "Platform", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "PBXTests",
            dependencies: [
                "PBX", "Settings", "SIPStack", "Media", "Platform", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: strict),
        .testTarget(
            name: "PlatformLinuxTests",
            dependencies: ["PlatformLinux", "CLinux", "Platform", "Media", "SIPStack", "Wire"],
            swiftSettings: strict),
        // The simulator's own cores; whole runs are SimTests', each in a process of its own.
        .testTarget(
            name: "SimCoresTests", dependencies: ["Sim", "Platform"], swiftSettings: strict),
        .testTarget(name: "SimTests", dependencies: ["Platform"], swiftSettings: strict),
        .testTarget(
            name: "LoadTests",
            dependencies: ["pbxload", "Sim", "SIPStack", "PlatformLinux", "Platform"],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
