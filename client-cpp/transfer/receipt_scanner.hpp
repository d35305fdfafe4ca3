#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sesame::transfer {

/// Reads the text of a receipt from left to right. It knows only the one form that docs/PROTOCOL.md
/// 2.5 allows, so that two programs never read two things out of the same bytes. Each call takes
/// what it is named after, or gives nothing and leaves the rest without meaning.
class ReceiptScanner {
 public:
  explicit ReceiptScanner(std::string_view text) : rest_(text) {}

  /// These very characters.
  bool literal(std::string_view expected);

  /// A JSON string: UTF-8, escaped where JSON must and only there, in the shortest way.
  std::optional<std::string> string();

  /// Digits without a zero before them, up to 2^53 − 1.
  std::optional<std::uint64_t> number();

  /// A string of lower-case hex digits that fills `out`.
  bool hex_string(MutableByteView out);

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::optional<char> escape();

  std::string_view rest_;
};

}  // namespace sesame::transfer
