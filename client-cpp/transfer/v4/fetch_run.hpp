#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "transfer/v4/endpoint.hpp"
#include "transfer/v4/put_items.hpp"

namespace sesame::transfer::v4 {

/// One file to get.
struct FetchItem {
  std::string path;  // on the server
  std::filesystem::path
      target;  // here; missing folders on the way are made below `FetchOptions::root`
};

/// What to get, one after the other.
class FetchSource {
 public:
  virtual ~FetchSource() = default;
  /// Called from the thread that called FetchRun::run().
  virtual std::optional<FetchItem> next() = 0;
};

struct FetchOptions {
  /// Folders are made below it, and links below it are not followed. Targets are relative to it.
  std::filesystem::path root = ".";
  /// Replace files that stand at a target. Without it such an item fails with AlreadyExists.
  bool overwrite = false;
};

/// A file that arrived.
struct Fetched {
  std::uint64_t size = 0;
  crypto::Sha256Digest sha256{};
  std::uint64_t seq = 0;           // of its receipt; 0 when it came by v3
  std::uint64_t resumed_from = 0;  // bytes that an earlier try had brought
};

/// Is told what happens. The calls come from the thread that called FetchRun::run().
class FetchReporter {
 public:
  virtual ~FetchReporter() = default;
  virtual void connected(const std::string& client_name) = 0;
  virtual void item_started(const FetchItem& item, std::uint64_t size) = 0;
  /// About ten times a second.
  virtual void progress(const FetchItem& item, std::uint64_t position, std::uint64_t size) = 0;
  virtual void item_fetched(const FetchItem& item, const Fetched& what) = 0;
  virtual void item_failed(const FetchItem& item, const ItemFailure& failure) = 0;
  virtual void retrying(const Retry& retry) = 0;
  virtual void stopped(const Error& reason) = 0;
};

struct FetchSummary {
  std::size_t items = 0;
  std::size_t fetched = 0;
  std::size_t refused = 0;
  std::uint64_t bytes = 0;  // of the fetched files
  std::chrono::duration<double> duration{};
  std::optional<Error> stopped_by;

  [[nodiscard]] std::size_t failed() const { return items - fetched; }
  [[nodiscard]] bool complete() const { return !stopped_by && failed() == 0; }
};

/// Gets files. Each is written under a temporary name beside its target, checked against its
/// SHA-256, given its mode and mtime, and renamed; a cut is resumed where it happened. Nothing
/// that stands at a target is touched unless `overwrite` is set.
class FetchRun {
 public:
  FetchRun(Endpoint endpoint, FetchOptions options, FetchSource& source, FetchReporter& reporter);
  FetchRun(const FetchRun&) = delete;
  FetchRun& operator=(const FetchRun&) = delete;
  ~FetchRun();

  /// Once.
  FetchSummary run();

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace sesame::transfer::v4
