#include "config/transfer_info.hpp"

#include "base/display.hpp"
#include "config/client_name.hpp"
#include "config/file_io.hpp"
#include "config/lines.hpp"

namespace sesame::config {
namespace {

constexpr std::size_t largest_transfer_info = std::size_t{64} << 20;

Error bad_transfer_info(std::string_view where, const Error& why) {
  return {ErrorCode::BadTransferInfo, std::string(where) + ": " + why.message};
}

}  // namespace

Result<TransferInfo> parse_transfer_info(std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.size() < 2) {
    return Error{ErrorCode::BadTransferInfo,
                 "line 1 must be HOST:PORT, line 2 the client name, every further line one file"};
  }
  auto server = HostPort::parse(lines[0]);
  if (!server) return bad_transfer_info("line 1", server.error());
  if (const auto checked = check_client_name(lines[1]); !checked) {
    return bad_transfer_info("line 2", checked.error());
  }

  TransferInfo info{*std::move(server), std::string(lines[1]), {}};
  for (std::size_t i = 2; i < lines.size(); ++i) {
    if (!lines[i].empty()) info.files.emplace_back(lines[i]);
  }
  return info;
}

Result<TransferInfo> load_transfer_info(const std::filesystem::path& path) {
  const auto text = read_small_file(path, largest_transfer_info);
  if (!text) return text.error();
  auto info = parse_transfer_info({text->data(), text->size()});
  if (!info) return bad_transfer_info(escaped(path.native()), info.error());
  return info;
}

}  // namespace sesame::config
