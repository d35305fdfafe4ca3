#include "transfer/receipt_log.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/base64.hpp"
#include "base/display.hpp"
#include "base/hex.hpp"
#include "base/unique_fd.hpp"
#include "transfer/receipt_scanner.hpp"

namespace sesame::transfer {
namespace {

constexpr std::size_t read_at_once = 256 * 1024;
/// A receipt in which every byte is escaped, and its signature.
constexpr std::size_t longest_line = 2 * Receipt::largest_text + 2 * Receipt::largest_signature;

/// The text is JSON, so all that can need an escape are quotes and backslashes.
void append_quoted(std::string& line, std::string_view json) {
  line += '"';
  for (const char c : json) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

Error bad_line() {
  return {ErrorCode::BadReceipt, "the line is damaged"};
}

}  // namespace

std::string format_receipt_line(const Receipt& receipt) {
  const auto signature = base64_encode(receipt.signature);
  std::string line = R"({"receipt":)";
  line.reserve(receipt.text.size() + receipt.text.size() / 4 + signature.size() + 64);
  append_quoted(line, receipt.text);
  line += R"(,"signature":")";
  line.append(signature.data(), signature.size());
  line += "\"}\n";
  return line;
}

Result<Receipt> parse_receipt_line(std::string_view line) {
  ReceiptScanner scanner(line);
  if (!scanner.literal(R"({"receipt":)")) return bad_line();
  auto text = scanner.string();
  if (!text || !scanner.literal(R"(,"signature":)")) return bad_line();
  const auto encoded = scanner.string();
  if (!encoded || !scanner.literal("}") || !scanner.at_end()) return bad_line();
  const auto signature = base64_decode(*encoded);
  if (!signature) return bad_line();
  return Receipt::parse(*std::move(text), *signature);
}

std::optional<ReceiptNumber> number_in_line(std::string_view line) {
  constexpr std::string_view before_client = R"(\",\"client\":\")";
  constexpr std::string_view before_seq = R"(,\"seq\":)";
  const auto client = line.find(before_client);
  const auto seq = line.rfind(before_seq);  // behind the names, which may hold the same characters
  if (client == std::string_view::npos || seq == std::string_view::npos) return std::nullopt;
  ReceiptNumber number{};
  ReceiptScanner scanner(line.substr(seq + before_seq.size()));
  const auto digits = scanner.number();
  const auto hex = line.substr(client + before_client.size(), 2 * ClientId::size);
  if (!digits || !from_hex(hex, number.client.bytes)) return std::nullopt;
  number.seq = *digits;
  return number;
}

Status for_each_line(const std::filesystem::path& log,
                     const std::function<Status(std::size_t, std::string_view)>& visit) {
  const UniqueFd file(::open(log.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return error_from_errno(errno, escaped(log.native()));
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);

  std::vector<char> buffer(read_at_once + longest_line);
  std::size_t filled = 0;
  std::size_t number = 0;
  while (true) {
    const ssize_t count =
        ::read(file.get(), buffer.data() + filled, std::min(read_at_once, buffer.size() - filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_from_errno(errno, escaped(log.native()));
    if (count == 0) return {};
    filled += static_cast<std::size_t>(count);

    std::string_view rest(buffer.data(), filled);
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      if (const auto seen = visit(++number, rest.substr(0, end)); !seen) return seen;
      rest.remove_prefix(end + 1);
    }
    if (rest.size() > longest_line) {
      return Error{ErrorCode::BadReceipt,
                   escaped(log.native()) + ": line " + std::to_string(number + 1) + " is too long"};
    }
    filled = rest.size();
    std::copy(rest.begin(), rest.end(), buffer.begin());
  }
}

}  // namespace sesame::transfer
