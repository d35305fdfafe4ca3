#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/crc_variant.hpp"
#include "net/backoff.hpp"
#include "transfer/link.hpp"
#include "transfer/reporter.hpp"
#include "transfer/session.hpp"

namespace sesame::transfer {

struct SendOptions {
  LinkOptions link;
  std::string client_name;
  std::vector<std::string> files;  // as they stand in transfer.info
  std::filesystem::path folder;    // what relative ones are relative to
  std::filesystem::path me_info;
  crypto::CrcVariant crc = crypto::CrcVariant::ZlibCiphertext;
  int retries = 10;
};

struct SendSummary {
  std::size_t files = 0;
  std::size_t acknowledged = 0;
  std::size_t refused = 0;  // by the server, of those that are not acknowledged
  std::uint64_t bytes = 0;  // of the acknowledged files
  std::chrono::duration<double> duration{};
  std::optional<Error> stopped_by;  // why files were left over

  [[nodiscard]] std::size_t failed() const { return files - acknowledged; }
};

/// Sends a list of files, one after the other. A file that cannot be sent does not keep the others
/// from it; a fault of the network is tried again, with the file that was under way.
class SendRun {
 public:
  SendRun(SendOptions options, Reporter& reporter);

  SendSummary run();

 private:
  /// Until it is acknowledged or failed for good. A failure that ends the run is in
  /// summary_.stopped_by too.
  FileOutcome send(const std::string& name);
  Status send_with_retries(FileJob& job);
  Status wait_before_retry(const Error& fault);
  void count(const FileOutcome& outcome);

  SendOptions options_;
  Reporter& reporter_;
  Session session_;
  net::Backoff backoff_;
  int attempts_ = 0;  // failed ones in a row
  SendSummary summary_;
};

/// Where a file of the list is, and that v3 can carry it. Fails as SourceFile::open does, or with
/// BadName.
Result<FileJob> prepare_file(const std::filesystem::path& folder, const std::string& name);

}  // namespace sesame::transfer
