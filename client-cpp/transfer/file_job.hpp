#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/codes.hpp"
#include "protocol/name_field.hpp"
#include "protocol/responses.hpp"
#include "transfer/source_file.hpp"

namespace sesame::transfer {

/// One file on its way. It outlives connections: what was counted stays counted.
struct FileJob {
  /// docs/PROTOCOL.md 1.4: a server lets no more through.
  static constexpr int most_sends = 4;

  std::string name;
  protocol::NameField name_field;
  SourceFile source;
  int sends = 0;            // how many 1028s
  int crc_differences = 0;  // how many of them the server received with another CRC
  std::optional<protocol::CrcBytes> crc = std::nullopt;  // of the last complete send

  [[nodiscard]] std::uint32_t content_size() const {
    return static_cast<std::uint32_t>(protocol::ciphertext_size(source.size()));
  }
};

}  // namespace sesame::transfer
