// swift-tools-version: 6.2
import PackageDescription

// The programs that `make bench` times. Beside each lies `compare.sh`, which runs it in turn with
// the programs of others and prints the ratio.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "strowger-benchmarks",
    dependencies: [.package(name: "strowger", path: "..")],
    targets: [
        .executableTarget(
            name: "SIPParser",
            dependencies: [.product(name: "SIPStack", package: "strowger")],
            path: "SIPParser", exclude: ["compare.sh", "messages", "peers"],
            swiftSettings: strict),
        .executableTarget(
            name: "RTPRelay",
            dependencies: [
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
                .product(name: "PlatformLinux", package: "strowger"),
            ],
            path: "RTPRelay", exclude: ["compare.sh", "load"],
            swiftSettings: strict),
        // What the programs with a live media loop have in common.
        .target(
            name: "Measuring", dependencies: [.product(name: "Media", package: "strowger")],
            path: "Measuring", swiftSettings: strict),
        .executableTarget(
            name: "SRTPRelay",
            dependencies: [
                "Measuring",
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
                .product(name: "PlatformLinux", package: "strowger"),
            ],
            path: "SRTPRelay", exclude: ["compare.sh"],
            swiftSettings: strict),
        .executableTarget(
            name: "Live",
            dependencies: [
                "Measuring",
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
                .product(name: "PlatformLinux", package: "strowger"),
            ],
            path: "Live", exclude: ["compare.sh"],
            swiftSettings: strict),
        .executableTarget(
            name: "Conference",
            dependencies: [
                "Measuring",
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
                .product(name: "PlatformLinux", package: "strowger"),
            ],
            path: "Conference", exclude: ["compare.sh", "janus.py"],
            swiftSettings: strict),
        .executableTarget(
            name: "Transcoding",
            dependencies: [
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
            ],
            path: "Transcoding", exclude: ["compare.sh"],
            swiftSettings: strict),
        .target(name: "CountedMemory", path: "CountedMemory"),
        .executableTarget(
            name: "Allocations",
            dependencies: [
                "CountedMemory",
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
            ],
            path: "Allocations", exclude: ["compare.sh"],
            swiftSettings: strict),
        .executableTarget(
            name: "Quality",
            dependencies: [
                .product(name: "Media", package: "strowger"),
                .product(name: "Platform", package: "strowger"),
            ],
            path: "Quality", exclude: ["compare.sh", "compare.py"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
