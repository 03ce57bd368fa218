// swift-tools-version: 6.2
import PackageDescription

/// A system library found by pkg-config.
func library(_ name: String, _ pkgConfig: String?) -> Target {
  .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig)
}

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A module of the house.
///
/// It sees what it names here and nothing else: the arrows all point down.
func module(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: imports, swiftSettings: settings,
    linkerSettings: [.linkedLibrary("m")])
}

/// A stage of the audit.
///
/// Stages never see each other, and never the report.
func stage(_ name: String) -> Target {
  module(name, ["CLIP", "Image", "Tensors", "Evidence"])
}

func tests(_ name: String, _ imports: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: imports, swiftSettings: settings)
}

let package = Package(
  name: "assay",
  products: [
    .executable(name: "assay", targets: ["assay"]),
    .executable(name: "assay-bench", targets: ["assay-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    library("CHDF5", "hdf5"), library("CBLAS", "openblas"),
    library("CCairo", "pangocairo"), library("CQPDF", "libqpdf"),
    library("CCrypto", "libcrypto"),
    .target(
      name: "CAssay", cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])],
      linkerSettings: [
        .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z"), .linkedLibrary("m"),
      ]),

    module("Evidence"),
    module("Tensors", ["CBLAS", "CAssay"]),
    module("Storage", ["CHDF5", "CCrypto", "CAssay", "Evidence"]),
    module("Image", ["Storage", "CAssay", "Evidence"]),
    module("Checkpoints", ["Storage", "Evidence"]),
    module("Gradients", ["Tensors", "CAssay"]),
    module("CLIP", ["Gradients", "Tensors", "Checkpoints", "Image", "Storage", "Evidence"]),
    stage("Detect"),
    stage("Localize"),
    stage("Curate"),
    module("Repair", ["CLIP", "Gradients", "Image", "Tensors", "Evidence"]),
    module("Similarity", ["CLIP", "Gradients", "Image", "Tensors", "Evidence"]),
    module("Report", ["Evidence", "Image", "Storage", "CCairo", "CQPDF"]),
    module(
      "Audit",
      [
        "Detect", "Localize", "Similarity", "Curate", "Repair", "Report", "CLIP", "Gradients", "Checkpoints",
        "Image",
        "Storage",
        "Tensors", "Evidence",
      ]),
    .executableTarget(
      name: "assay",
      dependencies: [
        "Audit", "Tensors", "Evidence", "CAssay",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),
    .executableTarget(
      name: "assay-bench",
      dependencies: [
        "CLIP", "Gradients", "Checkpoints", "Image", "Storage", "Tensors", "Evidence", "CAssay",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),

    tests("TensorsTests", ["Tensors"]),
    tests("GradientsTests", ["Gradients", "Tensors", "Storage", "Evidence"]),
    tests("CLIPTests", ["CLIP", "Gradients", "Checkpoints", "Image", "Storage", "Tensors", "Evidence"]),
    tests("StatisticsTests", ["Tensors", "Evidence"]),
    tests("CurateTests", ["Curate", "CLIP", "Image", "Tensors", "Evidence"]),
    tests("DetectTests", ["Detect", "CLIP", "Image", "Tensors", "Evidence", "Storage"]),
    tests("StorageTests", ["Storage", "Evidence"]),
    tests("CheckpointsTests", ["Checkpoints", "Storage", "Evidence"]),
    tests("ImageTests", ["Image", "Storage", "Evidence"]),
    tests("TokenizerTests", ["CLIP", "Evidence"]),
    tests(
      "AuditTests", ["Audit", "Detect", "Localize", "Image", "Storage", "Tensors", "Evidence", "CAssay"]),
    tests("EndToEndTests", ["Storage", "Tensors", "assay", "assay-bench"]),
    tests("HouseTests", []),
    tests(
      "RepairTests",
      ["Repair", "CLIP", "Gradients", "Checkpoints", "Image", "Storage", "Tensors", "Evidence"]),
    tests(
      "SimilarityTests",
      ["Similarity", "CLIP", "Gradients", "Checkpoints", "Image", "Storage", "Tensors", "Evidence"]),
    tests("LocalizeTests", ["Localize", "CLIP", "Image", "Tensors", "Evidence"]),
    tests("ReportTests", ["Report", "Image", "Storage", "Evidence"]),
  ]
)
