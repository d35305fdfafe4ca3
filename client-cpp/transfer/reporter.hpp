#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "protocol/responses.hpp"
#include "transfer/retry.hpp"

namespace sesame::transfer {

/// What became of one file of the list.
struct FileOutcome {
  std::string name;        // as it stands in transfer.info
  std::uint64_t size = 0;  // 0 when it could not be opened
  int sends = 0;           // how many 1028s
  std::optional<protocol::CrcBytes> crc =
      std::nullopt;                             // what the server had to find, once it is known
  std::optional<Error> failure = std::nullopt;  // nothing: it is acknowledged
  bool left_over = false;                       // the run ended with this file, or before its turn
};

/// A CRC in a 2103 that is not the one of the file.
struct CrcDifference {
  std::string name;
  int send;
  int most_sends;
  protocol::CrcBytes expected;
  protocol::CrcBytes received;
};

/// Is told what happens while files are sent. The calls come from one thread.
class Reporter {
 public:
  virtual ~Reporter() = default;

  virtual void registered(const std::string& client_name,
                          const std::optional<std::filesystem::path>& kept_me_info) = 0;
  virtual void reconnected(const std::string& client_name) = 0;
  virtual void file_started(const std::string& name, std::uint64_t size, int send) = 0;
  /// So many bytes of the ciphertext have left.
  virtual void file_progress(std::uint64_t sent, std::uint64_t total) = 0;
  virtual void crc_differs(const CrcDifference& difference) = 0;
  virtual void file_finished(const FileOutcome& outcome) = 0;
  virtual void retrying(const Retry& retry) = 0;
  /// The run ends because of this.
  virtual void stopped(const Error& reason) = 0;
};

}  // namespace sesame::transfer
