#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "transfer/receipt.hpp"

namespace sesame::transfer {

/// The file in which receipts are kept, one a line, in the order in which they came:
///
///     {"receipt":"…","signature":"…"}
///
/// `receipt` is the text that was signed, as a JSON string; `signature` the SSHSIG blob in base64.
/// A line without its end is one that was never completely written, and counts as none.
inline constexpr const char* receipt_log_name = "receipts.jsonl";

/// With its line end.
[[nodiscard]] std::string format_receipt_line(const Receipt& receipt);

/// Without its line end. Fails with BadReceipt.
Result<Receipt> parse_receipt_line(std::string_view line);

/// Which receipt of which client a line holds.
struct ReceiptNumber {
  ClientId client;
  std::uint64_t seq;
};

/// Without reading the whole line: fast, and good only to know what need not be written again.
[[nodiscard]] std::optional<ReceiptNumber> number_in_line(std::string_view line);

/// Shows every whole line to `visit`, with its number from 1 on, in little memory. A failure of
/// `visit` ends it. Fails with NotFound or Io.
Status for_each_line(const std::filesystem::path& log,
                     const std::function<Status(std::size_t number, std::string_view line)>& visit);

}  // namespace sesame::transfer
